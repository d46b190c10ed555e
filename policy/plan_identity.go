// The part of a plan that is about what the first program is given.

package policy

// Environment says what becomes of jail's environment on its way to the first program.
type Environment struct {
	// Restrict says that only what Keep matches stays.
	Restrict bool     `json:"restrict,omitempty"`
	Keep     []string `json:"keep,omitempty"`   // names, or patterns with *
	Remove   []string `json:"remove,omitempty"` // names, or patterns with *; done after Keep
	Set      []EnvVar `json:"set,omitempty"`    // done last; sorted by name
	Rule     int      `json:"rule,omitempty"`   // index into Plan.Rules
}

// Identity says which rights the jail keeps.
type Identity struct {
	// KeepCapabilities says that the capabilities of the caller stay as they are (but those that lift the seal of
	// OutsideSealed).
	KeepCapabilities bool `json:"keepCapabilities,omitempty"`
	// Capabilities stay, of those that the caller has: names of capabilities(7), CAP_CHOWN.
	Capabilities []string `json:"capabilities,omitempty"`
	Rule         int      `json:"rule,omitempty"` // index into Plan.Rules
}

// Outgoing says which signals the jail may send, wherever to: [Outside] says whether they reach beyond the jail.
type Outgoing struct {
	Restrict bool     `json:"restrict,omitempty"`
	Signals  []Signal `json:"signals,omitempty"`
	Rule     int      `json:"rule,omitempty"` // index into Plan.Rules
}

// Enforce says what becomes of a rule that this kernel can't enforce soundly.
type Enforce string

// What may become of it.
const (
	EnforceStrict     Enforce = "strict"      // nothing is started
	EnforceBestEffort Enforce = "best-effort" // it is enforced as well as can be, and the report says so
)
