// The nearest right word to a wrong one.

package policy

import "fmt"

// maxSuggest is how long a word may be for which a suggestion is looked for.
const maxSuggest = 64

// nearest is the word of words that word was most likely meant to be, or ""
// if none is near: more than a third of its letters would have to change.
func nearest(word string, words []string) string {
	if word == "" || len(word) > maxSuggest {
		return ""
	}
	best, bestDistance := "", max(len(word)/3, 1)+1
	for _, w := range words {
		if d := distance(word, w); d < bestDistance {
			best, bestDistance = w, d
		}
	}
	return best
}

// didYouMean is a hint with the nearest word, or with other if none is near.
func didYouMean(word string, words []string, other string) string {
	if near := nearest(word, words); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return other
}

// distance counts the letters that must be inserted, removed, changed or
// swapped with their neighbour to make b of a, without regard to case.
func distance(a, b string) int {
	// Three rows of the usual table are enough: a swap looks two rows back.
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, prev, row = prev, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if lower(a[i-1]) == lower(b[j-1]) {
				change = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+change)
			if i > 1 && j > 1 && lower(a[i-1]) == lower(b[j-2]) && lower(a[i-2]) == lower(b[j-1]) {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
