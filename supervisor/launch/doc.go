// Package launch makes of a policy's plan, a program and its surroundings what a supervisor can start. It is the part of jail run
// that everybody needs who runs programs under policies.
//
//	plan, err := launch.Plan("ci-build")
//	…
//	c, err := launch.Confine(plan, launch.World{Dir: dir, Environ: os.Environ(), Files: files})
//	…
//	path, err := launch.Find("make", dir, os.Environ())
//	…
//	cmd, err := c.Command(path, []string{"make"}, launch.Hearer{})
//	…
//	cmd.Engines = append(cmd.Engines, mine)
//	jail, err := cmd.Start()
//
// What a plan says of wall time, processor time and output is kept by an engine that has to be told of the jail
// (limits.Engine.Begin) and of the output; it is among the command's engines, and that is left to the caller.
package launch
