// Time-outs of calls that only older architectures have: none here.

package ptrace

func oldLimit(int64) (limit, bool) { return limit{}, false }
