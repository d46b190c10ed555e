// compare_test.go tests the classification of outcomes.
package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClassify(t *testing.T) {
	v := func(words string) []outcome {
		var out []outcome
		for _, w := range strings.Fields(words) {
			out = append(out, outcome{verdict: verdict(w)})
		}
		return out
	}
	// p(x/n/l:s) printed x, which is n once normalised, l without numbers, and
	// exited with s, or 0.
	p := func(words string) []outcome {
		var out []outcome
		for _, w := range strings.Fields(words) {
			text, status, ok := strings.Cut(w, ":")
			if !ok {
				status = "0"
			}
			forms := append(strings.Split(text, "/"), "", "")
			out = append(out, outcome{verdict: ran, forms: [3]string(forms), status: "exit " + status})
		}
		return out
	}
	tests := []struct {
		name            string
		native, wrapped []outcome
		want            class
		why             string
	}{
		{"passes", v("pass pass pass"), v("pass pass pass"), same, "native pass, wrapped pass"},
		{"fails on both sides", v("fail fail"), v("fail fail"), same, "native fail, wrapped fail"},
		{"fails under the wrapper", v("pass pass"), v("fail fail"), lost, "native pass, wrapped fail"},
		{"skips under the wrapper", v("pass pass"), v("skip skip"), lost, "native pass, wrapped skip"},
		{"no longer skipped, and fails", v("skip skip"), v("fail fail"), lost, "native skip, wrapped fail"},
		{"hangs", v("pass"), v("timeout"), lost, "native pass, wrapped timeout"},
		{"crashes where it failed", v("fail"), v("died"), lost, "native fail, wrapped died"},
		{"never begun", v("pass pass"), v("missing missing"), lost, "native pass, wrapped missing"},
		{"passes under the wrapper only", v("fail fail"), v("pass pass"), gained, "native fail, wrapped pass"},
		{"one native run differs", v("pass fail pass"), v("pass pass pass"), flaky, "native pass | fail | pass, wrapped pass"},
		{"one native run differs, the wrapped ones fail", v("pass fail pass"), v("fail fail fail"), flaky, "native pass | fail | pass, wrapped fail"},
		{"fails at times natively, hangs wrapped", v("pass fail pass"), v("timeout died timeout"), lost, "native pass | fail | pass, wrapped timeout | died | timeout"},
		{"fails at times natively, hangs wrapped but once", v("pass fail pass"), v("timeout timeout fail"), flaky, "native pass | fail | pass, wrapped timeout | timeout | fail"},
		{"one wrapped run fails", v("pass pass pass"), v("pass fail pass"), lost, "native pass, wrapped pass | fail | pass"},
		{"the last wrapped run hangs", v("fail fail fail"), v("fail fail timeout"), lost, "native fail, wrapped fail | fail | timeout"},
		{"one wrapped run passes", v("fail fail"), v("fail pass"), gained, "native fail, wrapped fail | pass"},
		{"better once, worse once", v("skip skip"), v("pass fail"), lost, "native skip, wrapped pass | fail"},
		{"missing once", v("pass pass"), []outcome{{verdict: pass}, {verdict: missing}}, lost, "native pass, wrapped pass | missing"},
		{"same output", p("a/n a/n"), p("a/n a/n"), same, "native output 1, wrapped output 1"},
		{"stable natively, other output", p("a/n a/n"), p("b/n b/n"), lost, "native output 1, wrapped output 2"},
		{"stable natively as printed, not wrapped", p("a/n a/n"), p("a/n b/n"), same, "native output 1, wrapped output 1"},
		{"stable natively, one other output", p("a/n a/n"), p("a/n b/m"), lost, "native output 1, wrapped output 1 | output 2"},
		{"unstable natively, alike", p("a/n b/n"), p("c/n d/n"), same, "native output 1, wrapped output 1"},
		{"unstable natively, unlike", p("a/n b/n"), p("c/m d/m"), lost, "native output 1, wrapped output 2"},
		{"unstable even so", p("a/n/x b/m/y"), p("c/n/x d/n/x"), flaky, "native output 1 | output 2, wrapped output 1"},
		{"unstable natively, not alike wrapped", p("a/n/x b/m/x"), p("c/o/x d/p/y"), lost, "native output 1, wrapped output 1 | output 2"},
		{"unstable but for numbers, alike", p("a/n/x b/m/x"), p("c/o/x d/p/x"), same, "native output 1, wrapped output 1"},
		{"unstable but for numbers, unlike", p("a/n/x b/m/x"), p("c/o/y d/p/y"), lost, "native output 1, wrapped output 2"},
		{"random output, other status", p("a/a/a:0 b/b/b:0"), p("c/c/c:1 d/d/d:1"), lost, "native output 1, wrapped output 2"},
		{"random output and status", p("a/a/a:0 b/b/b:1"), p("c/c/c:2 d/d/d:3"), flaky, "native output 1 | output 2, wrapped output 3 | output 4"},
		{"random output, then hangs", p("a/a/a:0 b/b/b:0"), v("timeout timeout"), lost, "native output 1, wrapped timeout"},
		{"random output, hangs once", p("a/a/a:0 b/b/b:0"), append(p("c/c/c:0"), v("timeout")...), lost, "native output 1, wrapped output 1 | timeout"},
		{"one run each, alike but for a pid", p("a/n"), p("b/n"), same, "native output 1, wrapped output 1"},
		{"one run each, unlike", p("a/n"), p("b/m"), lost, "native output 1, wrapped output 2"},
		{"skips natively, fails wrapped", v("skip skip"), p("a:1 a:1"), lost, "native skip, wrapped output 1"},
		{"skips natively, runs wrapped", v("skip skip"), p("a a"), gained, "native skip, wrapped output 1"},
		{"runs natively, skips wrapped", p("a a"), v("skip skip"), lost, "native output 1, wrapped skip"},
		{"fails natively, runs wrapped", p("a:1 a:1"), p("b b"), gained, "native output 1, wrapped output 2"},
		{"fails otherwise", p("a:1 a:1"), p("b:1 b:1"), lost, "native output 1, wrapped output 2"},
		{"output, then a hang", p("a/n"), v("timeout"), lost, "native output 1, wrapped timeout"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := classify("t", tt.native, tt.wrapped)
			if got.class != tt.want {
				t.Errorf("class %s, want %s", got.class, tt.want)
			}
			if got.why != tt.why {
				t.Errorf("why %q, want %q", got.why, tt.why)
			}
		})
	}
}

func TestCompareNamesEveryTestOnceSorted(t *testing.T) {
	native := []results{{"b": {verdict: pass}, "a": {verdict: pass}}}
	wrapped := []results{{"b": {verdict: pass}, "c": {verdict: pass}}}
	type short struct {
		Test  string
		Class class
	}
	var got []short
	for _, f := range compare("u", native, wrapped) {
		got = append(got, short{f.test, f.class})
	}
	want := []short{{"u/a", lost}, {"u/b", same}, {"u/c", gained}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
