// The schema of lines, for those who read them.

package report

import _ "embed" // for schema.json

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of one line, of the version that this package writes; the caller's own copy. Any
// goroutine.
func Schema() []byte { return append([]byte(nil), schema...) }
