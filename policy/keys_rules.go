// The keys of the rules for calls, signals, clone and exec.

package policy

import "gopkg.in/yaml.v3"

// syscallFields are the keys of a rule for system calls.
func syscallFields() []field[syscallRule] {
	const in = "syscalls[]"
	return []field[syscallRule]{
		{Key{Section: in, Name: "syscalls", Type: "list of names and groups", Required: true, Example: `syscalls: [ioctl, "@mount"]`, schema: listOf(schema{"type": "string", "pattern": "^[@%]?[a-z0-9_-]+$"}, 1),
			Doc: "Which calls: names, systemd's sets (@mount) and strace's classes (%file)."}, (*parser).syscallNames},
		{Key{Section: in, Name: "when", Default: "always", Type: "list of conditions", Example: `when: ["arg1 == TIOCSTI"]`, schema: listOf(schema{"type": "string", "pattern": conditionPattern}, 1),
			Doc: "Conditions on the arguments, all of which must hold."}, (*parser).conditions},
		{Key{Section: in, Name: "action", Type: "action", Required: true, Example: "action: errno EPERM", schema: actionForm(Allow, Trace, Errno, KillProcess, KillTree),
			Doc: "What happens: allow, trace (allow and report), errno NAME, kill-process or kill-tree."},
			func(p *parser, n *yaml.Node, out *syscallRule) {
				out.action = p.action(n, Allow, Trace, Errno, KillProcess, KillTree)
			}},
		{Key{Section: in, Name: "quiet", Default: "false", Type: "true or false", Example: "quiet: true", schema: schema{"type": "boolean"},
			Doc: "Do not report uses of this rule. Goes with errno only; the kernel then answers by itself, without a stop."},
			func(p *parser, n *yaml.Node, out *syscallRule) { out.quiet, out.quietNode = p.boolean(n), n }},
	}
}

// signalFields are the keys of a rule for signals.
func signalFields() []field[signalRule] {
	const in = "signals[]"
	return []field[signalRule]{
		{Key{Section: in, Name: "signal", Type: "list of signals, or any", Required: true, Example: `signal: [SIGTERM, "SIGRTMIN+1"]`, schema: listOf(schema{"type": []string{"string", "integer"}}, 1),
			Doc: "Which signals. `any` is all of them but SIGKILL, which nobody can hold back."}, (*parser).signalNames},
		{Key{Section: in, Name: "from", Default: "any", Type: "list of inside, outside, kernel, any", Example: "from: outside", schema: listOf(enum(string(FromInside), string(FromOutside), string(FromKernel), "any"), 1),
			Doc: "Who sent it: a task of the jail, another process, or the kernel. Without it: any of them."}, (*parser).sources},
		{Key{Section: in, Name: "action", Type: "action", Required: true, Example: "action: replace SIGUSR1", schema: schema{"type": "string", "pattern": "^(deliver|ignore|replace [A-Z0-9+-]+|kill|kill-tree)$"},
			Doc: "What happens: deliver, ignore, replace SIGNAL, kill (the process) or kill-tree."}, (*parser).signalAction},
		{Key{Section: in, Name: "quiet", Default: "false", Type: "true or false", Example: "quiet: true", schema: schema{"type": "boolean"},
			Doc: "Do not report uses of this rule."},
			func(p *parser, n *yaml.Node, out *signalRule) { out.quiet = p.boolean(n) }},
	}
}

// cloneFields are the keys of the map clone.
func cloneFields() []field[cloneSection] {
	const in = "clone"
	return []field[cloneSection]{
		{Key{Section: in, Name: "max-tasks", Default: "no limit", Type: "number", Example: "max-tasks: 500", schema: schema{"type": "integer", "minimum": 1, "maximum": 1 << 22},
			Doc: "The most tasks, that is threads, that may be alive at once; one more fails with EAGAIN."}, (*parser).maxTasks},
		{Key{Section: in, Name: "refuse-flags", Signs: signTakes, Default: "none", Type: "list of CLONE_ flags", Example: "refuse-flags: [CLONE_NEWUSER]", schema: listOf(schema{"type": "string", "pattern": "^CLONE_[A-Z]+$"}, 1),
			Doc: "Calls of clone with one of these flags are refused, and so are unshare, setns and vfork where they would do the same."}, (*parser).refuseFlags},
		{Key{Section: in, Name: "refuse", Default: "errno EPERM", Type: "action", Example: "refuse: kill-process", schema: actionForm(Errno, KillProcess, KillTree),
			Doc: "How refuse-flags refuses: errno NAME, kill-process or kill-tree. Without it: errno EPERM."},
			func(p *parser, n *yaml.Node, out *cloneSection) {
				out.refuse = p.action(n, Errno, KillProcess, KillTree)
			}},
	}
}

// execFields are the keys of the map exec.
func execFields() []field[execSection] {
	const in = "exec"
	return []field[execSection]{
		{Key{Section: in, Name: "allow", Signs: signAdds, Default: "all", Type: "list of patterns and maps", Example: `allow: ["/usr/bin/*", "/home/me/src/**"]`,
			Doc: "The only programs that may run, by the path of the real file; in a map also by its SHA-256, or by the arguments. Without it: all."}, (*parser).execAllow},
		{Key{Section: in, Name: "refuse", Default: "errno EACCES", Type: "action", Example: "refuse: errno EACCES", schema: actionForm(Errno, KillProcess, KillTree),
			Doc: "What happens to all others: errno NAME, kill-process or kill-tree. Without it: errno EACCES."},
			func(p *parser, n *yaml.Node, out *execSection) {
				out.refuse, out.refuseNode = p.action(n, Errno, KillProcess, KillTree), n
			}},
		{Key{Section: in, Name: "rewrite", Default: "none", Type: "list of rewrites", Example: "rewrite: [{path: /usr/bin/cc, to: /usr/bin/gcc}]",
			Doc: "How the start of some programs is changed. The first that matches is done."}, (*parser).rewrites},
	}
}

// rewriteFields are the keys of an element of exec's rewrite.
func rewriteFields() []field[rewriteRule] {
	const in = "exec.rewrite[]"
	return []field[rewriteRule]{
		{Key{Section: in, Name: "path", Type: "pattern", Required: true, Example: "path: /usr/bin/cc", schema: absoluteForm(),
			Doc: "Which starts: the path that the program gave."},
			func(p *parser, n *yaml.Node, out *rewriteRule) { out.path = p.pattern(n) }},
		{Key{Section: in, Name: "to", Default: "the same", Type: "absolute path", Example: "to: /usr/bin/gcc", schema: absoluteForm(),
			Doc: "What is run instead."},
			func(p *parser, n *yaml.Node, out *rewriteRule) { out.to = p.absolute(n) }},
		{Key{Section: in, Name: "argv", Default: "the same", Type: "list of text", Example: `argv: [gcc, -O1, "{args}"]`, schema: schema{"type": "array", "minItems": 1, "items": scalarForm()},
			Doc: "The arguments instead; the element {args} stands for those that the program gave after the first."}, (*parser).argv},
		{Key{Section: in, Name: "env", Default: "the same", Type: "map", Example: "env: {set: {LANG: C}, remove: [LD_PRELOAD]}",
			Doc: "Changes to the environment."},
			func(p *parser, n *yaml.Node, out *rewriteRule) { p.env(n, out) }},
	}
}

// envFields are the keys of a rewrite's env.
func envFields() []field[rewriteRule] {
	const in = "exec.rewrite[].env"
	return []field[rewriteRule]{
		{Key{Section: in, Name: "set", Default: "none", Type: "map of text", Example: "set: {LANG: C}", schema: textMap(),
			Doc: "Variables to set."}, (*parser).envSet},
		{Key{Section: in, Name: "remove", Default: "none", Type: "list of names", Example: `remove: [LD_PRELOAD, "GIT_*"]`, schema: listOf(schema{"type": "string", "pattern": "^[^=]+$"}, 1),
			Doc: "Variables to leave out; * stands for any characters. Done before set."}, (*parser).envRemove},
	}
}
