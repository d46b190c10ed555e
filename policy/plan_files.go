// The part of a plan that is about files.

package policy

// FileRules say which files the jail may use. Paths are as the policy writes them, with ~, $VAR, {cwd} and {tmp} in them;
// [Plan.Locate] makes them absolute for one run.
type FileRules struct {
	// Restrict says that only what is named can be reached. Without it files are as the user's rights leave them.
	// Deny holds even so.
	Restrict bool `json:"restrict"`
	// Rule is what refuses the rest: its hint has {access} and {path} in it. An index into Plan.Rules; only if Restrict is
	// set.
	Rule  int        `json:"rule,omitempty"`
	Read  []PathRule `json:"read,omitempty"`  // read, and list
	Write []PathRule `json:"write,omitempty"` // read, list, change, make and remove
	// ExecRestrict says that only what Exec names may be executed; without it all that may be read.
	ExecRestrict bool       `json:"execRestrict,omitempty"`
	Exec         []PathRule `json:"exec,omitempty"` // read and execute
	Deny         []PathRule `json:"deny,omitempty"` // out of reach whatever the lists above say
	// Protect cannot be changed whatever Write says, nor removed or renamed.
	Protect []PathRule `json:"protect,omitempty"`
	// Redirect are paths at which something else is seen.
	Redirect []Redirect `json:"redirect,omitempty"`
	Tmp      Tmp        `json:"tmp"`
	TmpRule  int        `json:"tmpRule,omitempty"` // index into Plan.Rules; only if Tmp is private
	Dev      Dev        `json:"dev"`
	DevRule  int        `json:"devRule,omitempty"` // index into Plan.Rules; only if Dev is private
	// Held are the rules of Deny and Protect that neither mounts nor Landlock can hold in this run, so that an engine does (engines.Hold):
	// indexes into Plan.Rules. Compile finds none.
	Held []int `json:"held,omitempty"`
	// Fixed says that an engine keeps modes, owners, times and attributes of what Write does not grant, because mounts can't in this run
	// (engines.Hold). Compile never says so.
	Fixed bool `json:"fixed,omitempty"`
	// OpenRefused says that the policy refuses openat2 and lets other calls open files. The engine makes openat2 of those, so the
	// filter lets it be made, and the engine refuses the program's own by OpenRule, an index into Plan.Rules.
	OpenRefused bool `json:"openRefused,omitempty"`
	OpenRule    int  `json:"openRule,omitempty"`
}

// PathRule is one path of a list: a file, or a folder with all in it. In Deny it may hold *, ** and ? (see [MatchPath]).
type PathRule struct {
	Path string `json:"path"`
	Rule int    `json:"rule"` // index into Plan.Rules
	// Within are paths of the policies that this one extends: the path grants something only if it lies under each of them
	// when symlinks have been followed. [Plan.Locate] sees to it.
	Within []string `json:"within,omitempty"`
}

// Redirect has programs find To, a file or folder, at Path.
type Redirect struct {
	Path string `json:"path"`
	To   string `json:"to"`
	Rule int    `json:"rule"` // index into Plan.Rules
}

// Dev says what devices the jail has.
type Dev string

// Which they may be.
const (
	DevMachine Dev = "machine" // the machine's own /dev, as far as the user's rights and the lists go
	DevPrivate Dev = "private" // a /dev with the devices that have no memory, the program's terminal, and what the lists name
)

// Tmp says what folder for temporary files the jail has.
type Tmp string

// Which folder it may be.
const (
	TmpShared  Tmp = "shared"  // the machine's own
	TmpPrivate Tmp = "private" // a new one, removed with all in it at the end
)
