// Tables: results for people, as text and as Markdown.

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
)

// A table has a title, a head and lines.
type table struct {
	title string
	lines [][]string // the first is the head
}

// tables are all of a result's.
func (r *results) tables() []table {
	all := []table{r.goalTable(), r.workTable()}
	for _, row := range r.Rows {
		if row.Group != groupWork {
			all = append(all, row.table())
		}
	}
	return slices.DeleteFunc(all, func(t table) bool { return len(t.lines) < 2 })
}

// goalTable says which goals are met.
func (r *results) goalTable() table {
	t := table{title: "Goals", lines: [][]string{{"trial", "figure", "goal", "reached", "quartiles", ""}}}
	for i := range r.Rows {
		row := &r.Rows[i]
		for _, g := range row.Goals {
			s, ok := row.reached(g)
			if !ok {
				t.lines = append(t.lines, []string{row.Name, g.what(), "≤ " + number(g.Most), "–", "", "not measured"})
				continue
			}
			verdict := "met"
			if s.Median > g.Most {
				verdict = "not met"
			}
			t.lines = append(t.lines, []string{row.Name, g.what(), "≤ " + number(g.Most), number(s.Median), s.quartiles(), verdict})
		}
	}
	return t
}

// workTable has a column for each work, and a line for each that it was done under: ratios to native.
func (r *results) workTable() table {
	t := table{title: "Real work, as a multiple of native (quartiles)", lines: [][]string{{"under"}}}
	var names []string
	for _, row := range r.Rows {
		if row.Group != groupWork {
			continue
		}
		t.lines[0] = append(t.lines[0], row.Name)
		for _, c := range row.Cells {
			if !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
		}
	}
	for i, name := range names {
		line := []string{name}
		for j := range r.Rows {
			row := &r.Rows[j]
			if row.Group != groupWork {
				continue
			}
			switch c := row.cell(name); {
			case c == nil || c.Absent != "":
				line = append(line, "–")
			case i == 0:
				line = append(line, amount(spreadOf(c.Values).Median, row.Unit))
			default:
				s, _ := row.reached(goal{Of: name, To: row.Cells[0].Name})
				line = append(line, fmt.Sprintf("%s (%s)", number(s.Median), s.quartiles()))
			}
		}
		t.lines = append(t.lines, line)
	}
	return t
}

// table is a trial of its own.
func (r *row) table() table {
	t := table{title: r.Name + ": " + r.About, lines: [][]string{{"", "median", "quartiles", "ratio to the first", "quartiles"}}}
	for i, c := range r.Cells {
		if c.Absent != "" || len(c.Values) == 0 {
			t.lines = append(t.lines, []string{c.Name, "–", c.Absent, "", ""})
			continue
		}
		s := spreadOf(c.Values)
		line := []string{c.Name, amount(s.Median, r.Unit), amount(s.Low, r.Unit) + "–" + amount(s.High, r.Unit), "", ""}
		if i > 0 && r.Unit != "×" && r.Unit != "" {
			if ratio, ok := r.reached(goal{Of: c.Name, To: r.Cells[0].Name}); ok {
				line[3], line[4] = number(ratio.Median), ratio.quartiles()
			}
		}
		t.lines = append(t.lines, line)
	}
	return t
}

func (s spread) quartiles() string { return number(s.Low) + "–" + number(s.High) }

// number has three figures, and for ratios near 1 three after the point, since goals are that narrow.
func number(x float64) string {
	if x > 0.9 && x < 1.2 {
		return fmt.Sprintf("%.3f", x)
	}
	if x >= 1000 || x == float64(int64(x)) {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}

// amount is a number with its unit, in one that suits it.
func amount(x float64, unit string) string {
	switch {
	case unit == "s" && x < 0.1:
		return number(x*1e3) + " ms"
	case unit == "ns" && x >= 1000:
		return number(x/1e3) + " µs"
	case unit == "×" || unit == "":
		return number(x)
	}
	return number(x) + " " + unit
}

// about says where and when.
func (r *results) about() []string {
	m := r.Machine
	lines := []string{
		fmt.Sprintf("%s, %s, %s; %d processors, %s.", m.Kernel, m.Arch, m.CPU, m.CPUs, m.Go),
		fmt.Sprintf("%s, %d rounds, in %s. Load before: %.2f.", r.Began.Format("2006-01-02 15:04"), r.Runs, r.Took, m.LoadBefore),
	}
	if r.Quick {
		lines = append(lines, "Short loops (-quick).")
	}
	if m.LoadBefore > 0.5 {
		lines = append(lines, "The machine was busy with other things: spreads are wide, and narrow goals can't be judged.")
	}
	return append(lines, r.notes()...)
}

// notes are what was left out and why.
func (r *results) notes() []string {
	all := slices.Clone(r.Notes)
	for _, row := range r.Rows {
		for _, c := range row.Cells {
			note := c.Name + ": " + c.Absent + "."
			if strings.HasPrefix(c.Absent, failed) {
				note = row.Name + " under " + note
			}
			if c.Absent != "" && !slices.Contains(all, note) {
				all = append(all, note)
			}
		}
	}
	return all
}

// text is results for a terminal.
func text(r *results) string {
	var b strings.Builder
	fmt.Fprintln(&b, strings.Join(r.about(), "\n"))
	for _, t := range r.tables() {
		fmt.Fprintf(&b, "\n%s\n", t.title)
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, line := range t.lines {
			fmt.Fprintln(w, strings.TrimRight("  "+strings.Join(line, "\t"), "\t"))
		}
		w.Flush()
	}
	return b.String()
}

// markdown is results for a page.
func markdown(r *results) string {
	var b strings.Builder
	fmt.Fprintln(&b, strings.Join(r.about(), "\n\n"))
	for _, t := range r.tables() {
		fmt.Fprintf(&b, "\n### %s\n\n", t.title)
		for i, line := range t.lines {
			fmt.Fprintf(&b, "| %s |\n", strings.Join(line, " | "))
			if i == 0 {
				fmt.Fprintf(&b, "|%s\n", strings.Repeat("---|", len(line)))
			}
		}
	}
	return b.String()
}

// Where the page has its figures, between two lines that Markdown does not show.
const (
	figuresBegin = "<!-- figures: go run ./integration/bench -peers -docs -->\n"
	figuresEnd   = "<!-- end of figures -->\n"
)

// embed puts results into a page.
func embed(page string, r *results) error {
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), figuresBegin)
	_, after, end := strings.Cut(rest, figuresEnd)
	if !ok || !end {
		return fmt.Errorf("%s has no place for figures: the lines %q and %q", page, figuresBegin, figuresEnd)
	}
	return os.WriteFile(page, []byte(before+figuresBegin+"\n"+markdown(r)+"\n"+figuresEnd+after), 0o644)
}
