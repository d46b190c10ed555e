// The grammar: what is read, what is refused and how it is said, and that text and rules are the same.

package fault

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"jail/seccomp"
)

func effects(f Effects) Rule { return Rule{Calls: []string{"write"}, Effects: f} }

func TestParse(t *testing.T) {
	for text, want := range map[string]Rule{
		"write:error=ENOSPC":                    effects(Effects{Errno: unix.ENOSPC}),
		"write:error=28":                        effects(Effects{Errno: unix.ENOSPC}),
		"write:error=EWOULDBLOCK":               effects(Effects{Errno: unix.EAGAIN}),
		"write:retval=0x10":                     effects(Effects{Result: new(int64(16))}),
		"write:retval=0":                        effects(Effects{Result: new(int64(0))}),
		"write:signal=SEGV":                     effects(Effects{Signal: unix.SIGSEGV}),
		"write:signal=34:error=EIO":             effects(Effects{Signal: 34, Errno: unix.EIO}),
		"write:syscall=getpid":                  effects(Effects{Call: "getpid"}),
		"write:error=EIO:at=exit":               effects(Effects{Errno: unix.EIO, Late: true}),
		"write:delay_enter=5:delay_exit=1.5s":   effects(Effects{DelayEnter: 5 * time.Microsecond, DelayExit: 1500 * time.Millisecond}),
		"write:delay_enter=2ms":                 effects(Effects{DelayEnter: 2 * time.Millisecond}),
		"write:delay_enter=2us":                 effects(Effects{DelayEnter: 2 * time.Microsecond}),
		"write:delay_enter=2ns":                 effects(Effects{DelayEnter: 2}),
		"write:poke_enter=@arg2=00ff,@arg1=41":  effects(Effects{PokeEnter: []Poke{{1, []byte{0, 255}}, {0, []byte{0x41}}}}),
		"write:poke_exit=@arg2=DEAD":            effects(Effects{PokeExit: []Poke{{1, []byte{0xde, 0xad}}}}),
		"write:set=@arg1=2:set=@arg3=-1":        effects(Effects{Set: []Set{{Arg: 0, Value: 2}, {Arg: 2, Value: 1<<64 - 1}}}),
		"write:short=1KiB":                      effects(Effects{Short: 1024}),
		"write:crash":                           effects(Effects{Crash: CrashBefore}),
		"write:crash=after":                     effects(Effects{Crash: CrashAfter}),
		"write:after=64KiB":                     {Calls: []string{"write"}, After: 64 << 10},
		"write:error=EIO:when=3":                {Calls: []string{"write"}, When: Nth(3), Effects: Effects{Errno: unix.EIO}},
		"write:error=EIO:when=1:when=3+":        {Calls: []string{"write"}, When: From(3), Effects: Effects{Errno: unix.EIO}},
		"write:error=EIO:when=3..5":             {Calls: []string{"write"}, When: When{First: 3, Last: 5}, Effects: Effects{Errno: unix.EIO}},
		"write:error=EIO:when=3..5+":            {Calls: []string{"write"}, When: When{First: 3, Last: 5}, Effects: Effects{Errno: unix.EIO}},
		"write:error=EIO:when=3+2":              {Calls: []string{"write"}, When: When{First: 3, Step: 2}, Effects: Effects{Errno: unix.EIO}},
		"write:error=EIO:when=3..9+2":           {Calls: []string{"write"}, When: When{First: 3, Last: 9, Step: 2}, Effects: Effects{Errno: unix.EIO}},
		"write:error=EIO:storm=3:per=process":   {Calls: []string{"write"}, Storm: 3, Per: PerProcess, Effects: Effects{Errno: unix.EIO}},
		"write:error=EIO:chance=25%:seed=7":     {Calls: []string{"write"}, Chance: 0.25, Seed: 7, Effects: Effects{Errno: unix.EIO}},
		"%file,!open*:error=EIO":                {Calls: []string{"%file", "!open*"}, Effects: Effects{Errno: unix.EIO}},
		`"/^(?:pread|read)":error=EIO`:          {Calls: []string{"/^(?:pread|read)"}, Effects: Effects{Errno: unix.EIO}},
		`openat:set=@arg2="/x:y":path=*/a`:      {Calls: []string{"openat"}, Conditions: Conditions{Path: "*/a"}, Effects: Effects{Set: []Set{{Arg: 1, Path: "/x:y"}}}},
		`connect:addr="[::1]:80":error=EIO`:     {Calls: []string{"connect"}, Conditions: Conditions{Addr: "[::1]:80"}, Effects: Effects{Errno: unix.EIO}},
		"write:size>=4KiB:arg1==2:error=EIO":    {Calls: []string{"write"}, Conditions: Conditions{Args: []Compare{{ArgSize, ">=", 4096}, {0, "==", 2}}}, Effects: Effects{Errno: unix.EIO}},
		"openat:flags=O_CREAT|!O_EXCL:error=13": {Calls: []string{"openat"}, Conditions: Conditions{Flags: []string{"O_CREAT", "!O_EXCL"}}, Effects: Effects{Errno: unix.EACCES}},
		"write:fd=1:program=cp:depth=1+:child=2..3:error=5": {Calls: []string{"write"}, Conditions: Conditions{FD: new(1), Program: "cp",
			Depth: Span{1, 0, true}, Child: Span{2, 3, true}}, Effects: Effects{Errno: unix.EIO}},
	} {
		got, err := ParseRule("", text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s is read otherwise (-want +got):\n%s", text, diff)
		}
		again, err := ParseRule("", got.String())
		if err != nil || !cmp.Equal(got, again) {
			t.Errorf("%s becomes %s, which is another rule: %v", text, got.String(), err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"wriet:error=EIO":                           `did you mean write?`,
		"write":                                     "nothing is to happen",
		":error=EIO":                                "a rule begins with the names",
		"write:eror=EIO":                            `there is no "eror"`,
		"write:error":                               "error has no value",
		"write:error=":                              "error has no value",
		"write:error=ENOSPACE":                      `there is no error "ENOSPACE"`,
		"write:error=0":                             "they are 1 to 4095",
		"write:error=4096":                          "they are 1 to 4095",
		"write:error=512":                           "the kernel's own",
		"write:error=EIO:error=EIO":                 "error is given twice",
		"write:error=EIO:retval=1":                  "a call has one result",
		"write:retval=-5":                           "not from 0",
		"write:signal=SIGFOO":                       `there is no signal "SIGFOO"`,
		"write:signal=65":                           "they are 1 to 64",
		"write:syscall=nosuch":                      `no system call "nosuch"`,
		"write:error=EIO:when=0":                    "0 never comes",
		"write:error=EIO:when=3+0":                  "0 never comes",
		"write:error=EIO:when=5..3":                 "ends before it begins",
		"write:error=EIO:when=x":                    "when is N, N+",
		"write:error=EIO:when=99999999999999999999": "too large",
		"write:delay_enter=x":                       "is no time",
		"write:delay_enter=0":                       "no time at all",
		"write:delay_enter=NaN":                     "is no time",
		"write:delay_enter=48000000s":               "longer than",
		"write:poke_enter=@arg7=00":                 "@arg1=… to @arg6",
		"write:poke_enter=@arg1=0":                  "is no memory",
		"write:poke_enter=@arg4=00":                 "write has 3 arguments, and no arg4",
		"write:short=0":                             "no number of bytes from 1 on",
		"write:after=0":                             "no number of bytes from 1 on",
		"write:error=EIO:chance=0":                  "a chance is above 0",
		"write:error=EIO:chance=2":                  "a chance is above 0",
		"write:error=EIO:seed=2":                    "a seed is for chance",
		"write:error=EIO:storm=0":                   "not from 1",
		"write:error=EIO:storm=1:when=2":            "each says which",
		"write:error=EIO:per=file":                  "per=file is for after",
		"write:error=EIO:per=me":                    "per is call",
		"write:error=EIO:path=journal":              "write */journal",
		"openat:flags=O_CREATE:error=EIO":           `openat has no flag "O_CREATE"; did you mean O_CREAT?`,
		"open,openat:flags=!O_APEND:error=EIO":      `has no flag "O_APEND"; did you mean O_APPEND?`,
		"%file:flags=O_CREATE:error=EIO":            "it can never happen: ",
		"openat:addr=/x:error=EIO":                  "openat has no socket's address",
		"write:error=EIO:path=/[":                   "without its ]",
		"write:error=EIO:child=0":                   "not from 1",
		"write:error=EIO:depth=0:child=1":           "nobody's child",
		"write:error=EIO:arg1=1":                    "write arg1==1",
		"write:error=EIO:arg9==1":                   "arg1 to arg6",
		"write:error=EIO:arg4==1":                   "no arg4",
		"write:crash:error=EIO":                     "crash ends the program",
		"write:crash=now":                           "before or after",
		"write:signal=TERM:short=2:error=EIO":       "is not made, so short",
		"write:delay_enter=1:at=exit":               "at=exit is for",
		"getpid:error=EPERM":                        "getpid always succeeds",
		"exit_group:retval=0":                       "does not come back",
		"getpid:path=/x:retval=1":                   "getpid has no path",
		"close:short=1":                             "close can't be made to transfer less",
		"fallocate:short=1":                         "can't be made to transfer less",
		"read:after=1":                              "writes no bytes",
		"none:error=EIO":                            "no system calls at all",
		"write,!write:error=EIO":                    "no system calls at all",
		"!all:error=EIO":                            "no system calls at all",
		"nosuch*:error=EIO":                         "no system call matches",
		"/(:error=EIO":                              "/( is no regular expression: missing closing ) at \"(\"",
		`write:path="/x:error=EIO`:                  "not closed",
		`write:path="/x"y:error=EIO`:                "in quotes as a whole",
		"%clock:short=1":                            "it can never happen",
	} {
		_, err := ParseRule("here", text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "here: ") {
			t.Errorf("%s: the error is %v, not …%s…", text, err, want)
		}
	}
}

func TestParseSaysWhere(t *testing.T) {
	rules, err := Parse("f.txt", "# faults\n\n  write:error=EIO:whne=3\nread:error=EIO\r\n\tgetpid:error=EIO\nclose:error=EIO\n")
	if err == nil {
		t.Fatal("no error")
	}
	for i, want := range []string{`f.txt:3:19: there is no "whne"`, "f.txt:5: getpid always succeeds"} {
		if lines := strings.Split(err.Error(), "\n"); len(lines) != 2 || !strings.HasPrefix(lines[i], want) {
			t.Errorf("the errors are %v, not %s", err, want)
		}
	}
	if len(rules) != 2 || rules[0].Origin != "f.txt:4" || rules[1].Origin != "f.txt:6" {
		t.Errorf("the good rules are %v", rules)
	}
}

func TestCallsThatThePolicyRefuses(t *testing.T) {
	filter := &seccomp.Spec{ABIs: []seccomp.ABI{seccomp.Native()}, Default: seccomp.Allow, Rules: []seccomp.Rule{
		{Names: []string{"sendto"}, When: []seccomp.Cond{{Arg: 0, Op: seccomp.Eq, Value: 1}}, Do: seccomp.Errno(unix.EPERM)},
		{Names: []string{"%network", "mount"}, Do: seccomp.Errno(unix.EPERM)},
		{Names: []string{"bind"}, Do: seccomp.Allow},
	}}
	for text, possible := range map[string]bool{
		"mount:error=EIO": false, "connect:error=EIO": false, "bind:error=EIO": false, "write:error=EIO": true,
		"sendto:error=EIO": false, "%network,write:error=EIO": true, "%network:error=EIO": false, "mount,write:error=EIO": false,
	} {
		r, err := ParseRule("f:1", text)
		if err != nil {
			t.Fatal(err)
		}
		err = Check(r, filter)
		if (err == nil) != possible || err != nil && !strings.Contains(err.Error(), "filter refuses") {
			t.Errorf("%s: %v", text, err)
		}
	}
	filter.Default = seccomp.KillProcess
	filter.Rules = []seccomp.Rule{{Names: []string{"read"}, Do: seccomp.Trace(0)}}
	if r, _ := ParseRule("", "read:error=EIO"); Check(r, filter) != nil {
		t.Error("a call that stops for an engine is taken for one that is refused")
	}
	if r, _ := ParseRule("", "write:error=EIO"); Check(r, filter) == nil {
		t.Error("what is refused by default is taken for possible")
	}
}

func TestGroupsLeaveOutWhatCantBe(t *testing.T) {
	r, err := compile(Rule{Calls: []string{"all"}, Effects: Effects{Errno: unix.EIO}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range r.names {
		if listed(neverFail, name) || listed(neverEnd, name) {
			t.Errorf("%s is among them", name)
		}
	}
	if len(r.names) < 400 {
		t.Errorf("only %d calls", len(r.names))
	}
}

// TestWhenAgainstAnOracle: the numbers that an expression chooses are those that one gets by walking along it.
func TestWhenAgainstAnOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Uint64Range(1, 20).Draw(t, "first")
		last := rapid.Uint64Range(0, 40).Draw(t, "last")
		step := rapid.Uint64Range(0, 7).Draw(t, "step")
		if last != 0 && last < first {
			last += first
		}
		w := When{First: first, Last: last, Step: step}
		chosen := make(map[uint64]bool)
		for n := first; n <= 100 && (last == 0 || n <= last); {
			chosen[n] = true
			if n++; step > 1 {
				n += step - 1
			}
		}
		for n := uint64(1); n <= 100; n++ {
			if w.Has(n) != chosen[n] {
				t.Fatalf("%v has %d: %t", w, n, w.Has(n))
			}
			if w.over(n) {
				for more := n + 1; more <= 100; more++ {
					if chosen[more] {
						t.Fatalf("%v is over at %d, and %d is to come", w, n, more)
					}
				}
			}
		}
		again, err := parseWhen(w.String())
		if err != nil {
			t.Fatal(err)
		}
		for n := uint64(1); n <= 100; n++ {
			if again.Has(n) != w.Has(n) {
				t.Fatalf("%s is read as %v: differs at %d", w.String(), again, n)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"write:error=ENOSPC:when=3+", "%file,!open*:path=*/x:delay_enter=1ms", `a:set=@arg1="x"`, "/x:size>1KiB:crash",
		"write:after=64KiB:per=tree", `"write":path="/a:b":poke_exit=@arg2=00:chance=1e-3:seed=9`, "w:when=1..2+3\n#\nread:short=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rules, _ := Parse("f", text)
		for _, r := range rules {
			again, err := ParseRule(r.Origin, r.String())
			if err != nil {
				t.Fatalf("%q is read, and its text %q is not: %v", text, r.String(), err)
			}
			if diff := cmp.Diff(r, again); diff != "" {
				t.Fatalf("%q becomes %q, another rule:\n%s", text, r.String(), diff)
			}
		}
	})
}
