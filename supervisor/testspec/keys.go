// The keys of the language: what is read, what the schema says, what the reference has.

package testspec

import "slices"

// kind is what a key's value is.
type kind uint8

const (
	text  kind = iota // a string
	texts             // a string or a list of them
	number
	boolean
	mapping  // NAME: string
	contents // name of a file: what is in it
	match    // a string, {match: …} or {contains: …}
	object   // keys of its own, those of the table that it names
	objects  // a list of them
	faults
	noneOr // "none" or a list of texts
)

// A key is one of the language.
type key struct {
	name string
	kind kind
	of   string // table of an object's keys
	doc  string
	must bool
}

// table is one object's keys.
type table struct {
	name string
	doc  string
	keys []key
}

// shared are keys of the file that cases have, too.
func shared() []key {
	return []key{
		{name: "policy", kind: text, doc: "built-in policy, or a file (with a / or ending in .yaml; relative to this one); observe if there is none"},
		{name: "timeout", kind: text, doc: "how long the program may run, such as 10s or 2m; then all of it is killed, and the case has failed. 1m if there is none"},
		{name: "env", kind: mapping, doc: "variables that are added to the environment"},
		{name: "clock", kind: text, doc: "the time of day when the program begins, where it stands still: 2024-02-29T12:00:00Z; with ,rate=N it goes N times as fast as real time, with ,step=1ms each reading adds so much. The machine's if there is none"},
		{name: "seed", kind: text, doc: "number on which getrandom and what the kernel gives programs of randomness depend: the same in every run"},
		{name: "trace", kind: texts, doc: "calls that are told of, as jail trace -e takes them; %file, %desc, %network, %process and %signal if there is none. An expectation about another call fails"},
	}
}

// tables are all of them; the first is the file.
func tables() []table {
	return []table{
		{"file", "A file of cases", append([]key{
			{name: "version", kind: number, must: true, doc: "1"},
			{name: "cases", kind: objects, of: "case", must: true, doc: "what is run, one after the other"},
		}, shared()...)},
		{"case", "A program that is run once, in a folder of its own", append([]key{
			{name: "name", kind: text, must: true, doc: "in reports; each has another"},
			{name: "command", kind: texts, doc: "the program and its arguments; a string is a script for sh -c"},
			{name: "dir", kind: text, doc: "a folder that is copied, afresh for each run, and is the working folder; relative to this file. An empty one if there is none"},
			{name: "files", kind: contents, doc: "files that are written into it, by their names in it"},
			{name: "stdin", kind: text, doc: "standard input; empty if there is none"},
			{name: "faults", kind: faults, doc: "what goes wrong, in the grammar of jail run --inject; {fault: …, maybe: true} if it need not come. One that never comes fails the case"},
			{name: "expect", kind: object, of: "expect", doc: "what is to come of it; without one that it exits with 0"},
			{name: "crash", kind: object, of: "crash", doc: "for jail test --crash-points"},
		}, shared()...)},
		{"expect", "What is to come of a case: all of these", []key{
			{name: "exit", kind: number, doc: "exit code of the program; 0 if neither this, nor signal or crash is given"},
			{name: "signal", kind: text, doc: "the signal that ends it: SIGTERM"},
			{name: "crash", kind: boolean, doc: "true: a fault's crash ends it"},
			{name: "stdout", kind: match, doc: "standard output: all of it as a string, or {match: regular expression} or {contains: text}"},
			{name: "stderr", kind: match, doc: "standard error"},
			{name: "calls", kind: objects, of: "call", doc: "system calls that are made, or not"},
			{name: "execs", kind: objects, of: "exec", doc: "programs that are started, by the first one and those after it"},
			{name: "deaths", kind: objects, of: "death", doc: "how processes end"},
			{name: "signals", kind: objects, of: "signal", doc: "signals that processes are sent, and that are acted on: a handler runs, it stops, or it dies"},
			{name: "left", kind: boolean, doc: "true: processes may run still when the first one has ended. They are killed then; without this that fails the case"},
			{name: "denials", kind: noneOr, doc: "texts, each of which some denial has in its call, program or rule; or none: nothing is denied"},
			{name: "files", kind: contents, doc: "what is in files of the folder afterwards; null: it is not there"},
		}},
		{"call", "Calls that are expected", append([]key{
			{name: "call", kind: texts, must: true, doc: "names, classes (%file), groups, patterns (rename*)"},
		}, slices.Concat(conditions(), process(), bounds(), counts())...)},
		{"pattern", "What bounds others; a string is its call. It has one of call, exec, death and signal", append([]key{
			{name: "call", kind: texts, doc: "names, classes, groups, patterns"},
			{name: "exec", kind: text, doc: "a program that is started: glob for its file"},
			{name: "death", kind: text, doc: "the end of a process: exit code, or signal"},
			{name: "signal", kind: text, doc: "a signal that is acted on"},
		}, slices.Concat(conditions(), process())...)},
		{"exec", "Programs that are expected to be started", append([]key{
			{name: "path", kind: text, must: true, doc: "glob for the program's file"},
			{name: "argv", kind: texts, doc: "globs for its arguments, its name first; ... as the last for any more"},
		}, slices.Concat(process(), bounds(), counts())...)},
		{"death", "Ends of processes that are expected", append([]key{
			{name: "exit", kind: number, doc: "the exit code"},
			{name: "signal", kind: text, doc: "the signal that ends it"},
		}, slices.Concat(process(), bounds(), counts())...)},
		{"signal", "Signals that are expected", append([]key{
			{name: "signal", kind: text, must: true, doc: "which: SIGUSR1"},
		}, slices.Concat(process(), bounds(), counts())...)},
		{"crash", "Crash points: the run is repeated, and everything is killed before each of these calls in turn, and after the last", []key{
			{name: "calls", kind: texts, must: true, doc: "the calls that are points"},
			{name: "path", kind: text, doc: "glob for a file that the call must be about"},
			{name: "check", kind: text, must: true, doc: "script for sh -c, in the folder that the crash left; it exits with 0 if that is well"},
			{name: "lose", kind: text, doc: "unsynced: files are cut to the size that they had when they were last synced, as a loss of power may do; nothing: only processes are lost, which is so if there is none"},
			{name: "most", kind: number, doc: "bound on the points, 1000 if there is none; more are an error"},
		}},
	}
}

func conditions() []key {
	return []key{
		{name: "path", kind: text, doc: "glob for one of its files, absolute: * is any letters, / too"},
		{name: "fd", kind: number, doc: "one of its descriptors"},
		{name: "addr", kind: text, doc: "glob for the address of a socket"},
		{name: "flags", kind: texts, doc: "flags that are set; !O_APPEND: that is not"},
		{name: "size", kind: text, doc: "how many bytes it was asked to transfer: 4096, <4096, >=1"},
		{name: "fails", kind: text, doc: "the errno that it fails with; any: with whichever"},
		{name: "succeeds", kind: boolean, doc: "true: it does not fail"},
	}
}

// process are conditions about who does it.
func process() []key {
	return []key{
		{name: "program", kind: text, doc: "glob for the file name of the program"},
		{name: "depth", kind: number, doc: "how many forks the process is away from the first one, which has 0"},
		{name: "child", kind: number, doc: "which child of its parent's the process is, from 1 on"},
	}
}

// bounds say where in the trace it is looked for.
func bounds() []key {
	return []key{
		{name: "before", kind: object, of: "pattern", doc: "only what was over before the first of these began, which has to come; a string is its call"},
		{name: "after", kind: object, of: "pattern", doc: "only what began after the first of these was over, which has to come; with before: between both"},
		{name: "then", kind: objects, of: "pattern", doc: "what has to come after it, in this order"},
		{name: "each-process", kind: boolean, doc: "true: each process has to be so by itself"},
		{name: "one-process", kind: boolean, doc: "true: at least one process has to be so by itself, and not only all of them together"},
	}
}

func counts() []key {
	return []key{
		{name: "count", kind: number, doc: "just so many; 0: never"},
		{name: "at-least", kind: number, doc: "so many or more; 1 if there is no other number"},
		{name: "at-most", kind: number, doc: "so many or fewer"},
	}
}

// tableOf is the table of that name.
func tableOf(name string) table {
	for _, t := range tables() {
		if t.name == name {
			return t
		}
	}
	return table{}
}
