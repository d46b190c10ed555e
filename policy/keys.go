// The keys of the language in one table: it drives the parser, the suggestions and the reference.

package policy

import "gopkg.in/yaml.v3"

// Key describes one key of the language.
type Key struct {
	Section  string // where it stands: "" is the top of a policy, "clone" the map of that key, "syscalls[]" each element of that list
	Name     string
	Type     string // what its value is, in words
	Default  string // what holds without it; empty if it must be there
	Doc      string // what it is for
	Example  string // the key with a value, as YAML
	Required bool
	// Signs are the signs with which a policy that extends another may write it: "+" adds to that one's list, "-" takes out of it.
	Signs string

	schema schema // the JSON Schema of the value
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
	all = appendKeys(all, programFields())
	all = appendKeys(all, rewriteFields())
	all = appendKeys(all, envFields())
	all = appendKeys(all, filesFields())
	all = appendKeys(all, networkFields())
	all = appendKeys(all, outgoingFields())
	all = appendKeys(all, boundsFields())
	return appendKeys(all, environmentFields())
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
		{Key{Name: "version", Type: "1", Required: true, Example: "version: 1", schema: schema{"const": 1},
			Doc: "The version of the language."}, (*parser).version},
		{Key{Name: "name", Default: "the file's name", Type: "text", Example: "name: ci-build", schema: lineForm(),
			Doc: "What messages call the policy. Without it: the file's name."},
			func(p *parser, n *yaml.Node, out *Policy) { out.Name, _ = p.line(n, "name") }},
		{Key{Name: "description", Default: "none", Type: "text", Example: "description: For builds of code that nobody has read", schema: lineForm(),
			Doc: "One line for people."},
			func(p *parser, n *yaml.Node, out *Policy) { out.Description, _ = p.line(n, "description") }},
		{Key{Name: "extends", Default: "none", Type: "name or file", Example: "extends: ci-build", schema: schema{"type": "string", "minLength": 1},
			Doc: "The policy that this one is built on: a built-in one by its name, or a file, relative to this one. This one can only be tighter, unless it says override: true."},
			(*parser).extends},
		{Key{Name: "override", Default: "false", Type: "true or false", Example: "override: true", schema: schema{"type": "boolean"},
			Doc: "Whether this policy may be looser than the one that it extends: then its keys replace that one's."},
			func(p *parser, n *yaml.Node, out *Policy) { out.override = overrideRule{p.at(n), p.boolean(n)} }},
		{Key{Name: "enforce", Default: "strict", Type: "strict or best-effort", Example: "enforce: best-effort", schema: enum(string(EnforceStrict), string(EnforceBestEffort)),
			Doc: "What becomes of a rule that this kernel can't hold against a hostile program: nothing is started (strict, the default), or it is held as well as can be, and the report says so (best-effort)."},
			(*parser).enforce},
		{Key{Name: "abis", Signs: signAdds, Default: "none", Type: "list of i386, x32, arm", Example: "abis: [i386]", schema: listOf(enum("i386", "x32", "arm"), 0),
			Doc: "Other ABIs than the machine's own whose calls are let in; the same rules hold for them. A call of any other ABI kills the process."},
			(*parser).abis},
		{Key{Name: "default", Type: "action", Example: "default: errno EPERM", schema: actionForm(Allow, Errno, KillProcess, KillTree),
			Doc: "What happens to a known call that no rule matches: allow, errno NAME, kill-process or kill-tree. Numbers that the kernel's table lacks always answer ENOSYS. It must be there, but where extends is."},
			(*parser).defaultAction},
		{Key{Name: "syscalls", Default: "none", Type: "list of rules", Example: "syscalls: [{syscalls: [\"@file-system\"], action: allow}]",
			Doc: "Rules for system calls. The first that matches decides."}, (*parser).syscallRules},
		{Key{Name: "signals", Default: "none", Type: "list of rules", Example: "signals: [{signal: SIGHUP, from: outside, action: ignore}]",
			Doc: "Rules for signals on their way to the program. The first that matches decides; without one a signal is delivered."}, (*parser).signalRules},
		{Key{Name: "clone", Default: "no limits", Type: "map", Example: "clone: {max-tasks: 500}",
			Doc: "Limits on new processes and threads."}, (*parser).clone},
		{Key{Name: "exec", Default: "all programs", Type: "map", Example: "exec: {allow: [\"/usr/bin/*\"]}",
			Doc: "Which programs may run, and how their start is rewritten."}, (*parser).exec},
		{Key{Name: "survivors", Default: "kill", Type: "kill or wait", Example: "survivors: wait", schema: enum(string(SurvivorsKill), string(SurvivorsWait)),
			Doc: "What happens to what is left of the tree when the first program has ended: it is killed (the default), or waited for."}, (*parser).survivors},
		{Key{Name: "outside", Default: "sealed", Type: "sealed or open", Example: "outside: open", schema: enum(string(OutsideSealed), string(OutsideOpen)),
			Doc: "Whether processes outside of the jail can be signalled, their memory reached and their abstract sockets connected to: not at all (sealed, the default; needs Linux 6.12), or as the user's rights allow (open)."}, (*parser).outside},
		{Key{Name: "filesystem", Default: "as the user's rights allow", Type: "map", Example: "filesystem: {read: [/], write: [\"{cwd}\"]}",
			Doc: "Which files may be used: what none of the lists read, write and exec names is out of reach. Without it: as the user's rights allow."}, (*parser).filesystem},
		{Key{Name: "network", Default: "any", Type: "none, loopback, any or map", Example: "network: none",
			Doc: "Whom sockets may reach: local sockets only (none), an interface of the jail's own too (loopback), what the user may (any, the default), or what a map lists."}, (*parser).network},
		{Key{Name: "outgoing", Default: "all signals", Type: "map", Example: "outgoing: {signals: [SIGTERM, SIGABRT]}",
			Doc: "Which signals the jail may send. Without it: all, as far as outside allows."}, (*parser).outgoing},
		{Key{Name: "limits", Default: "none", Type: "map", Example: "limits: {wall-time: 10m, memory: 2GiB}",
			Doc: "How much a run may use."}, (*parser).bounds},
		{Key{Name: "environment", Default: "all is inherited", Type: "map", Example: "environment: {remove: [\"*_TOKEN\"]}",
			Doc: "Which variables the first program gets. Without it: all that jail has."}, (*parser).environment},
		{Key{Name: "descriptors", Signs: signAdds, Default: "none", Type: "list of numbers", Example: "descriptors: [3, 4]", schema: listOf(schema{"type": "integer", "minimum": 3, "maximum": 1<<20 - 1}, 0),
			Doc: "Descriptors above 2 that the first program inherits. Without it: none."}, (*parser).descriptors},
		{Key{Name: "capabilities", Signs: signAdds, Default: "none, or keep where outside is open", Type: "keep, none or list of CAP_ names", Example: "capabilities: [CAP_CHOWN, CAP_FOWNER]",
			schema: schema{"anyOf": []schema{{"enum": []string{"keep", "none"}}, listOf(schema{"enum": capabilityNames()}, 0)}},
			Doc:    "Which of jail's capabilities the program keeps. Without it: none where outside is sealed, all where it is open."}, (*parser).capabilities},
	}
}
