// Arithmetic of the tables.

package main

import "slices"

// A spread is the median of some numbers, the quartiles around it, and the least of all.
type spread struct{ Low, Median, High, Least float64 }

// ratios divides number by number: those of the same round.
func ratios(of, to []float64) []float64 {
	all := make([]float64, len(of))
	for i := range of {
		all[i] = of[i] / to[i]
	}
	return all
}

// spreadOf a list that is not empty. Quartiles lie between the numbers, as the median of an even list does.
func spreadOf(list []float64) spread {
	s := slices.Sorted(slices.Values(list))
	return spread{quantile(s, 0.25), quantile(s, 0.5), quantile(s, 0.75), s[0]}
}

// quantile of a sorted list that is not empty, by linear interpolation.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
