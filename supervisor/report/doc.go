// Package report tells what happens in a jail: to programs as one JSON object a line, to people as sentences.
//
// # Lines
//
// A report is a file of lines, each a JSON object of the schema in schema.json, which [Schema] holds; the field "v" is the
// schema's version, [Version]. The lines of one run share the field "run"; the first is "start", the last "end". A report
// without "end" is of a run whose supervisor was killed: it is complete up to its last line, because each line is handed
// to the kernel with one write(2) before the task that it tells of goes on. Nothing is buffered here, but that a death goes in
// one write with its reap, which follows at once.
//
// Only the very last line may be torn, when the disk is full.
//
// A file that somebody else writes to meanwhile is noticed: see [File.Check]. Decisions that are equal but for their arguments
// have a line each for the first hundred; then lines stand for several of them, field "times", so that a loop of denied calls
// does not fill the disk. Nor does a loop of forks: births, programs, deaths and reaps have lines for the first
// [DefaultTasks] tasks, unless [Config] wants more, and so have, up to as many, deaths by signal of the others. The rest is counted in
// lines "untold", and the totals of the last line are exact.
//
// # People
//
// A denial is told once for each rule, thing and program; how often it was repeated is told at the end. Names and arguments
// that the jailed programs chose are made harmless for a terminal, and stand in quotes if they could be taken for something else.
// In lines they are escaped: see [Event.Line]. Names and strings in a call's arguments are what was in memory when an engine looked,
// and nothing was decided by them; lines have the numbers of the registers beside them, field "raw".
package report
