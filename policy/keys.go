// The keys of the language in one table: it drives the parser, the suggestions and the reference.

package policy

import "gopkg.in/yaml.v3"

// Key describes one key of the language.
type Key struct {
	Section  string // where it stands: "" is the top of a policy, "clone" the map of that key, "syscalls[]" each element of that list
	Name     string
	Type     string // what its value is, in words
	Doc      string // what it is for
	Example  string // the key with a value, as YAML
	Required bool
}

// Keys lists all keys of the language, in the order in which a reference
// would explain them.
func Keys() []Key {
	var all []Key
	all = appendKeys(all, policyFields())
	all = appendKeys(all, syscallFields())
	all = appendKeys(all, signalFields())
	all = appendKeys(all, cloneFields())
	all = appendKeys(all, execFields())
	all = appendKeys(all, rewriteFields())
	return appendKeys(all, envFields())
}

// field is a key with what reads it: set parses the key's value n into out
// and reports mistakes to p.
type field[T any] struct {
	Key
	set func(p *parser, n *yaml.Node, out *T)
}

func appendKeys[T any](all []Key, fields []field[T]) []Key {
	for _, f := range fields {
		all = append(all, f.Key)
	}
	return all
}

// policyFields are the keys of a policy.
func policyFields() []field[Policy] {
	return []field[Policy]{
		{Key{Name: "version", Type: "1", Required: true, Example: "version: 1",
			Doc: "The version of the language."}, (*parser).version},
		{Key{Name: "name", Type: "text", Example: "name: ci-build",
			Doc: "What messages call the policy. Without it: the file's name."},
			func(p *parser, n *yaml.Node, out *Policy) { out.Name, _ = p.line(n, "name") }},
		{Key{Name: "description", Type: "text", Example: "description: For builds of code that nobody has read",
			Doc: "One line for people."},
			func(p *parser, n *yaml.Node, out *Policy) { out.Description, _ = p.line(n, "description") }},
		{Key{Name: "abis", Type: "list of i386, x32, arm", Example: "abis: [i386]",
			Doc: "Other ABIs than the machine's own whose calls are let in; the same rules hold for them. A call of any other ABI kills the process."},
			(*parser).abis},
		{Key{Name: "default", Type: "action", Required: true, Example: "default: errno EPERM",
			Doc: "What happens to a known call that no rule matches: allow, errno NAME, kill-process or kill-tree. Numbers that the kernel's table lacks always answer ENOSYS."},
			(*parser).defaultAction},
		{Key{Name: "syscalls", Type: "list of rules", Example: "syscalls:\n  - {syscalls: [\"@file-system\"], action: allow}",
			Doc: "Rules for system calls. The first that matches decides."}, (*parser).syscallRules},
		{Key{Name: "signals", Type: "list of rules", Example: "signals:\n  - {signal: SIGHUP, from: outside, action: ignore}",
			Doc: "Rules for signals on their way to the program. The first that matches decides; without one a signal is delivered."}, (*parser).signalRules},
		{Key{Name: "clone", Type: "map", Example: "clone: {max-tasks: 500}",
			Doc: "Limits on new processes and threads."}, (*parser).clone},
		{Key{Name: "exec", Type: "map", Example: "exec: {allow: [\"/usr/bin/*\"]}",
			Doc: "Which programs may run, and how their start is rewritten."}, (*parser).exec},
		{Key{Name: "survivors", Type: "kill or wait", Example: "survivors: wait",
			Doc: "What happens to what is left of the tree when the first program has ended: it is killed (the default), or waited for."}, (*parser).survivors},
		{Key{Name: "outside", Type: "sealed or open", Example: "outside: open",
			Doc: "Whether processes outside of the jail can be signalled, their memory reached and their abstract sockets connected to: not at all (sealed, the default; needs Linux 6.12), or as the user's rights allow (open)."}, (*parser).outside},
	}
}

// syscallFields are the keys of a rule for system calls.
func syscallFields() []field[syscallRule] {
	const in = "syscalls[]"
	return []field[syscallRule]{
		{Key{Section: in, Name: "syscalls", Type: "list of names and groups", Required: true, Example: `syscalls: [ioctl, "@mount"]`,
			Doc: "Which calls: names, systemd's sets (@mount) and strace's classes (%file)."}, (*parser).syscallNames},
		{Key{Section: in, Name: "when", Type: "list of conditions", Example: `when: ["arg1 == TIOCSTI"]`,
			Doc: "Conditions on the arguments, all of which must hold."}, (*parser).conditions},
		{Key{Section: in, Name: "action", Type: "action", Required: true, Example: "action: errno EPERM",
			Doc: "What happens: allow, trace (allow and report), errno NAME, kill-process or kill-tree."},
			func(p *parser, n *yaml.Node, out *syscallRule) {
				out.action = p.action(n, Allow, Trace, Errno, KillProcess, KillTree)
			}},
		{Key{Section: in, Name: "quiet", Type: "true or false", Example: "quiet: true",
			Doc: "Do not report uses of this rule. Goes with errno only; the kernel then answers by itself, without a stop."},
			func(p *parser, n *yaml.Node, out *syscallRule) { out.quiet, out.quietNode = p.boolean(n), n }},
	}
}

// signalFields are the keys of a rule for signals.
func signalFields() []field[signalRule] {
	const in = "signals[]"
	return []field[signalRule]{
		{Key{Section: in, Name: "signal", Type: "list of signals, or any", Required: true, Example: `signal: [SIGTERM, "SIGRTMIN+1"]`,
			Doc: "Which signals. `any` is all of them but SIGKILL, which nobody can hold back."}, (*parser).signalNames},
		{Key{Section: in, Name: "from", Type: "list of inside, outside, kernel, any", Example: "from: outside",
			Doc: "Who sent it: a task of the jail, another process, or the kernel. Without it: any of them."}, (*parser).sources},
		{Key{Section: in, Name: "action", Type: "action", Required: true, Example: "action: replace SIGUSR1",
			Doc: "What happens: deliver, ignore, replace SIGNAL, kill (the process) or kill-tree."}, (*parser).signalAction},
		{Key{Section: in, Name: "quiet", Type: "true or false", Example: "quiet: true",
			Doc: "Do not report uses of this rule."},
			func(p *parser, n *yaml.Node, out *signalRule) { out.quiet = p.boolean(n) }},
	}
}

// cloneFields are the keys of the map clone.
func cloneFields() []field[cloneSection] {
	const in = "clone"
	return []field[cloneSection]{
		{Key{Section: in, Name: "max-tasks", Type: "number", Example: "max-tasks: 500",
			Doc: "The most tasks, that is threads, that may be alive at once; one more fails with EAGAIN."}, (*parser).maxTasks},
		{Key{Section: in, Name: "refuse-flags", Type: "list of CLONE_ flags", Example: "refuse-flags: [CLONE_NEWUSER]",
			Doc: "Calls of clone with one of these flags are refused, and so are unshare, setns and vfork where they would do the same."}, (*parser).refuseFlags},
		{Key{Section: in, Name: "refuse", Type: "action", Example: "refuse: kill-process",
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
		{Key{Section: in, Name: "allow", Type: "list of patterns", Example: `allow: ["/usr/bin/*", "/home/me/src/**"]`,
			Doc: "The only programs that may run, by the path of the real file. Without it: all."}, (*parser).execAllow},
		{Key{Section: in, Name: "refuse", Type: "action", Example: "refuse: errno EACCES",
			Doc: "What happens to all others: errno NAME, kill-process or kill-tree. Without it: errno EACCES."},
			func(p *parser, n *yaml.Node, out *execSection) {
				out.refuse, out.refuseNode = p.action(n, Errno, KillProcess, KillTree), n
			}},
		{Key{Section: in, Name: "rewrite", Type: "list of rewrites", Example: "rewrite:\n  - {path: /usr/bin/cc, to: /usr/bin/gcc}",
			Doc: "How the start of some programs is changed. The first that matches is done."}, (*parser).rewrites},
	}
}

// rewriteFields are the keys of an element of exec's rewrite.
func rewriteFields() []field[rewriteRule] {
	const in = "exec.rewrite[]"
	return []field[rewriteRule]{
		{Key{Section: in, Name: "path", Type: "pattern", Required: true, Example: "path: /usr/bin/cc",
			Doc: "Which starts: the path that the program gave."},
			func(p *parser, n *yaml.Node, out *rewriteRule) { out.path = p.pattern(n) }},
		{Key{Section: in, Name: "to", Type: "absolute path", Example: "to: /usr/bin/gcc",
			Doc: "What is run instead."},
			func(p *parser, n *yaml.Node, out *rewriteRule) { out.to = p.absolute(n) }},
		{Key{Section: in, Name: "argv", Type: "list of text", Example: `argv: [gcc, -O1, "{args}"]`,
			Doc: "The arguments instead; the element {args} stands for those that the program gave after the first."}, (*parser).argv},
		{Key{Section: in, Name: "env", Type: "map", Example: "env: {set: {LANG: C}, remove: [LD_PRELOAD]}",
			Doc: "Changes to the environment."},
			func(p *parser, n *yaml.Node, out *rewriteRule) { p.env(n, out) }},
	}
}

// envFields are the keys of a rewrite's env.
func envFields() []field[rewriteRule] {
	const in = "exec.rewrite[].env"
	return []field[rewriteRule]{
		{Key{Section: in, Name: "set", Type: "map of text", Example: "set: {LANG: C}",
			Doc: "Variables to set."}, (*parser).envSet},
		{Key{Section: in, Name: "remove", Type: "list of names", Example: `remove: [LD_PRELOAD, "GIT_*"]`,
			Doc: "Variables to leave out; * stands for any characters. Done before set."}, (*parser).envRemove},
	}
}
