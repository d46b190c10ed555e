// Alignment of two sequences of lines.

package decode

// A difference is a stretch where two sequences are not the same: lines of the one, lines of the other.
type difference struct{ strace, jail []string }

// align finds where two sequences differ, by their longest common subsequence.
func align(a, b []string) []difference {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	a, b = a[start:], b[start:]
	n, m := len(a), len(b)
	common := make([][]int32, n+1)
	for i := range common {
		common[i] = make([]int32, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var all []difference
	var now difference
	flush := func() {
		if len(now.strace)+len(now.jail) > 0 {
			all, now = append(all, now), difference{}
		}
	}
	for i, j := 0, 0; i < n || j < m; {
		switch {
		case i < n && j < m && a[i] == b[j]:
			flush()
			i, j = i+1, j+1
		case j == m || i < n && common[i+1][j] >= common[i][j+1]:
			now.strace = append(now.strace, a[i])
			i++
		default:
			now.jail = append(now.jail, b[j])
			j++
		}
	}
	flush()
	return all
}
