// Rules as text: the grammar that Parse reads.

package fault

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// String is the rule in the grammar of Parse.
func (r *Rule) String() string {
	var b strings.Builder
	b.WriteString(quoted(strings.Join(r.Calls, ","), ": "))
	put := func(key, value string) {
		if value != "" {
			b.WriteString(":" + key + "=" + value)
		}
	}
	put("path", quoted(r.Path, ":"))
	if r.FD != nil {
		put("fd", strconv.Itoa(*r.FD))
	}
	put("addr", quoted(r.Addr, ":"))
	put("flags", quoted(strings.Join(r.Flags, "|"), ":"))
	for _, c := range r.Args {
		name := "size"
		if c.Arg != ArgSize {
			name = "arg" + strconv.Itoa(c.Arg+1)
		}
		fmt.Fprintf(&b, ":%s%s%d", name, c.Op, c.Value)
	}
	put("program", quoted(r.Program, ":"))
	put("depth", r.Depth.text())
	put("child", r.Child.text())
	r.Effects.put(put, &b)
	put("when", r.When.String())
	put("per", perNames()[r.Per])
	put("storm", number10(int64(r.Storm)))
	if r.Chance != 0 {
		put("chance", strconv.FormatFloat(r.Chance, 'g', -1, 64))
	}
	if r.Seed != 0 {
		put("seed", strconv.FormatUint(r.Seed, 10))
	}
	put("after", number10(r.After))
	return b.String()
}

// put writes what happens.
func (f *Effects) put(put func(key, value string), b *strings.Builder) {
	if f.Errno != 0 {
		put("error", errnoText(f.Errno))
	}
	if f.Result != nil {
		put("retval", strconv.FormatInt(*f.Result, 10))
	}
	if f.Late {
		put("at", "exit")
	}
	put("syscall", f.Call)
	if f.Signal != 0 {
		put("signal", signalText(f.Signal))
	}
	put("delay_enter", delayText(f.DelayEnter))
	put("delay_exit", delayText(f.DelayExit))
	put("poke_enter", pokesText(f.PokeEnter))
	put("poke_exit", pokesText(f.PokeExit))
	for _, s := range f.Set {
		value := strconv.FormatUint(s.Value, 10)
		if s.Path != "" {
			value = strconv.Quote(s.Path)
		}
		fmt.Fprintf(b, ":set=@arg%d=%s", s.Arg+1, value)
	}
	put("short", number10(f.Short))
	put("crash", [...]string{"", "before", "after", ""}[min(f.Crash, 3)])
}

// quoted puts a value between quotes if a colon, a quote or a letter of special would end it too soon.
func quoted(s, special string) string {
	if strings.ContainsAny(s, special+"\"\n\r") || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0xfffd }) {
		return strconv.Quote(s)
	}
	return s
}

func number10(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func delayText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatInt(int64(d), 10) + "ns"
}

func pokesText(list []Poke) string {
	var parts []string
	for _, p := range list {
		parts = append(parts, fmt.Sprintf("@arg%d=%s", p.Arg+1, strings.ToUpper(hex.EncodeToString(p.Data))))
	}
	return strings.Join(parts, ",")
}

func (s Span) text() string {
	switch {
	case !s.Limited:
		return ""
	case s.To == s.From:
		return strconv.Itoa(s.From)
	case s.To < s.From:
		return strconv.Itoa(s.From) + "+"
	}
	return strconv.Itoa(s.From) + ".." + strconv.Itoa(s.To)
}

// perNames are the words for Per.
func perNames() map[Per]string {
	return map[Per]string{PerCall: "call", PerTask: "task", PerProcess: "process", PerTree: "tree", PerFile: "file"}
}

// shown is the answer for people.
func (r *rule) shown() string {
	if r.Result != nil {
		return strconv.FormatInt(*r.Result, 10)
	}
	return "-1 " + errnoText(r.errno())
}

// sideEffects are those that are no verdict, for people; empty if there are none.
func (f *Effects) sideEffects() string {
	var parts []string
	if f.DelayEnter > 0 {
		parts = append(parts, f.DelayEnter.String()+" later")
	}
	if f.DelayExit > 0 {
		parts = append(parts, "its end "+f.DelayExit.String()+" later")
	}
	if f.Signal != 0 {
		parts = append(parts, signalText(f.Signal)+" is sent")
	}
	if len(f.PokeEnter)+len(f.PokeExit) > 0 {
		parts = append(parts, "memory is overwritten")
	}
	return strings.Join(parts, ", ")
}

// onlyShortens tells whether a rule does nothing but to make transfers shorter.
func (f *Effects) onlyShortens() bool {
	return !f.answers() && f.Call == "" && f.Signal == 0 && len(f.Set) == 0 && f.sideEffects() == "" && f.Crash == NoCrash
}

// seals tells whether arguments are placed for the rule.
func (r *rule) seals() bool {
	for _, s := range r.Set {
		if s.Path != "" {
			return true
		}
	}
	if r.Short == 0 && r.After == 0 {
		return false
	}
	for _, name := range r.names {
		if t, ok := transferOf(name); ok && t.count == none {
			return true
		}
	}
	return false
}
