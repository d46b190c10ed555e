// Package policy is jail's policy language: it reads a policy, checks every
// line of it, and compiles it to a [Plan], which is plain data for the filter
// and the engines that enforce it.
//
//	loader := policy.Loader{BuiltIn: policies.Lookup}
//	p, err := loader.Load("ci.yaml")             // all mistakes, with line and column
//	for _, w := range p.Warnings() { … }         // what does nothing
//	plan, err := p.Compile(seccomp.Native())     // what to do about each call, signal, file, …
//	here, err := plan.Locate(policy.Surroundings{Cwd: dir, Home: home, Tmp: tmp, Getenv: os.Getenv})
//
// # The language
//
// A policy is one YAML document, such as this one. All keys, with types,
// defaults, examples and the mistakes that can be made, are in docs/policy.md,
// which is made from the same table of keys as the parser; so is
// policy/schema.json, the JSON Schema by which editors complete and check a
// policy. [Keys] is that table.
//
//	version: 1
//	name: my-build
//	description: Builds of my own code
//	enforce: strict
//	abis: [i386]
//	default: errno EPERM
//	syscalls:
//	  - {syscalls: [ptrace, "@mount"], action: kill-process}
//	  - {syscalls: [ioctl], when: ["arg1 == TIOCSTI"], action: errno EPERM, quiet: true}
//	  - {syscalls: ["@system-service"], action: allow}
//	signals:
//	  - {signal: [SIGTERM, "SIGRTMIN+1"], action: replace SIGUSR1}
//	clone: {max-tasks: 500, refuse-flags: [CLONE_NEWUSER]}
//	filesystem:
//	  read: [/]
//	  write: ["{cwd}", "{tmp}"]
//	  deny: ["~/.ssh", "{cwd}/.git/hooks"]
//	  tmp: private
//	  dev: private
//	network: {connect: ["203.0.113.7:443"]}
//	limits: {wall-time: 10m, memory: 2GiB}
//	environment: {remove: ["*_TOKEN"]}
package policy
