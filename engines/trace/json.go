// Events as lines of JSON.

package trace

import (
	_ "embed" // for schema.json
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/seccomp"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// Version is the number of the schema that is written, in the field "v" of each line. It grows when a field changes its meaning
// or goes away; new fields and new events come without a new number.
const Version = 1

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of one line of the format json; the caller's own copy. Any goroutine.
func Schema() []byte { return append([]byte(nil), schema...) }

// lines is the Encoder for programs.
type lines struct{}

type jsonEvent struct {
	V       int        `json:"v"`
	Seq     uint64     `json:"seq"`
	After   uint64     `json:"after"`
	Time    float64    `json:"time"` // seconds
	Event   string     `json:"event"`
	Task    jsonTask   `json:"task"`
	Program string     `json:"program"`
	Parent  int        `json:"parent,omitempty"`
	Depth   int        `json:"depth"`
	Nth     int        `json:"nth,omitempty"`
	Call    *jsonCall  `json:"call,omitempty"`
	Result  *jsonRes   `json:"result,omitempty"`
	Took    *float64   `json:"took,omitempty"`
	Never   string     `json:"unfinished,omitempty"`
	Signal  *jsonSig   `json:"signal,omitempty"`
	Exec    *jsonExec  `json:"exec,omitempty"`
	Birth   *jsonBirth `json:"birth,omitempty"`
	Job     *jsonJob   `json:"job,omitempty"`
	Death   *jsonDeath `json:"death,omitempty"`
}

type jsonTask struct {
	Serial uint64 `json:"serial"`
	TID    int    `json:"tid"`
	TGID   int    `json:"tgid"`
}

type jsonCall struct {
	Name string    `json:"name"`
	Nr   int64     `json:"nr"`
	ABI  string    `json:"abi"`
	Text string    `json:"text"`
	Args []jsonArg `json:"args"`
}

type jsonArg struct {
	Name  string   `json:"name"`
	Raw   string   `json:"raw"` // hexadecimal: numbers of JSON have 53 bits
	Text  string   `json:"text,omitempty"`
	Path  string   `json:"path,omitempty"`
	FD    *int     `json:"fd,omitempty"`
	Flags []string `json:"flags,omitempty"`
	Addr  string   `json:"addr,omitempty"`
	Size  *int64   `json:"size,omitempty"`
}

type jsonRes struct {
	Value   *int64 `json:"value,omitempty"`
	Errno   string `json:"errno,omitempty"`
	Text    string `json:"text"`
	Restart bool   `json:"restart,omitempty"`
	Path    string `json:"path,omitempty"` // of the descriptor that the call made
}

type jsonSig struct {
	Name   string `json:"name"`
	Number int    `json:"number"`
	Code   int32  `json:"code"`
	Sender int    `json:"sender,omitempty"`
	Does   string `json:"does"`
	Taken  bool   `json:"taken,omitempty"`
	Text   string `json:"text"`
}

type jsonExec struct {
	Path   string   `json:"path"`
	Argv   []string `json:"argv"`
	Cut    bool     `json:"cut,omitempty"`
	Found  bool     `json:"found,omitempty"`
	Former jsonTask `json:"former"`
}

type jsonBirth struct {
	Child  jsonTask `json:"child"`
	Thread bool     `json:"thread,omitempty"`
	VFork  bool     `json:"vfork,omitempty"`
	Flags  string   `json:"flags,omitempty"`
}

type jsonJob struct {
	Stopped bool   `json:"stopped"`
	Signal  string `json:"signal,omitempty"`
}

type jsonDeath struct {
	Status report.Status  `json:"status"`
	Killer *report.Killer `json:"killer,omitempty"`
}

// Begin implements Encoder.
func (lines) Begin(b []byte) []byte { return b }

// End implements Encoder.
func (lines) End(b []byte) []byte { return b }

// Append implements Encoder.
func (lines) Append(b []byte, ev *Event) []byte {
	line, err := report.MarshalLine(jsonOf(ev))
	if err != nil { // there is nothing in it that JSON lacks
		return fmt.Appendf(b, "{\"v\":%d,\"seq\":%d,\"event\":\"unknown\"}\n", Version, ev.Seq)
	}
	return append(b, line...)
}

func jsonOf(ev *Event) *jsonEvent {
	j := &jsonEvent{V: Version, Seq: ev.Seq, After: ev.After, Time: ev.At.Seconds(), Event: ev.Kind.String(),
		Task: jsonTaskOf(ev.Task), Program: ev.Program, Never: string(ev.Unfinished)}
	if p := ev.Process; p != nil {
		j.Depth, j.Nth = p.Depth, p.Nth
		if p.Parent != nil {
			j.Parent = p.Parent.PID
		}
	}
	switch {
	case ev.Kind == KindSyscall && ev.Call != nil:
		took := ev.Took.Seconds()
		j.Call, j.Result, j.Took = jsonCallOf(ev.Call), jsonResultOf(ev), &took
	case ev.Signal != nil:
		s := ev.Signal
		j.Signal = &jsonSig{Name: signalName(s.Number), Number: int(s.Number), Code: s.Info.Code, Does: s.Disposition.String(), Taken: s.Taken, Text: siginfoText(&s.Info)}
		j.Signal.Sender, _ = s.Info.Sender()
	case ev.Exec != nil:
		x := ev.Exec
		j.Exec = &jsonExec{Path: x.Path, Argv: append([]string{}, x.Argv...), Cut: x.Cut, Found: x.Found, Former: jsonTaskOf(x.Former)}
	case ev.Birth != nil:
		j.Birth = &jsonBirth{Child: jsonTaskOf(ev.Birth.Child), Thread: ev.Birth.Thread, VFork: ev.Birth.VFork}
		if f := ev.Birth.Flags; f != 0 {
			j.Birth.Flags = fmt.Sprintf("%#x", f)
		}
	case ev.Job != nil:
		j.Job = &jsonJob{Stopped: ev.Job.Stopped, Signal: report.SignalName(ev.Job.Signal)}
	case ev.Death != nil:
		j.Death = jsonDeathOf(ev.Death)
	}
	return j
}

func jsonTaskOf(id utrace.TaskID) jsonTask { return jsonTask{id.Serial, id.TID, id.TGID} }

func jsonCallOf(c *decode.Call) *jsonCall {
	j := &jsonCall{Name: c.Name, Nr: c.Nr, ABI: seccomp.ABIOf(c.Arch, uint32(c.Nr)).String(), Text: c.String(), Args: []jsonArg{}}
	for i := range c.Args {
		a := &c.Args[i]
		if a.Unused {
			continue
		}
		arg := jsonArg{Name: a.Name, Raw: fmt.Sprintf("%#x", a.Raw), Text: a.Text, Path: a.Path, Flags: a.Flags, Addr: a.Addr}
		switch a.Kind {
		case decode.Descriptor:
			arg.FD = &a.FD
		case decode.Number, decode.Size, decode.Offset, decode.Bytes, decode.Struct, decode.Mode, decode.Signal, decode.PID:
			arg.Size = &a.Size
		}
		j.Args = append(j.Args, arg)
	}
	return j
}

func jsonResultOf(ev *Event) *jsonRes {
	r := &jsonRes{Text: ev.Result.Text, Restart: ev.Result.Restart, Path: ev.Result.Path}
	if ev.Returned() || ev.Failed() {
		value := ev.Result.Value
		r.Value = &value
	}
	if ev.Failed() {
		r.Errno = unix.ErrnoName(ev.Result.Errno)
	}
	return r
}

func jsonDeathOf(d *Death) *jsonDeath {
	j := &jsonDeath{Status: report.Status{Code: d.Status.Code, Signal: report.SignalName(d.Status.Signal), Core: d.Status.Core}}
	if k := d.Killer; k.By != "" {
		j.Killer = &report.Killer{By: k.By, PID: k.PID, Engine: k.Engine, What: k.Why.What, Rule: k.Why.Rule}
	}
	return j
}
