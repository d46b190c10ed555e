// What the kernel refused by itself is told as a denial, once for all programs.

package report_test

import (
	"bytes"
	"strings"
	"testing"

	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

func TestRefusalsOfTheKernelAreToldOnceForAllPrograms(t *testing.T) {
	var people, lines bytes.Buffer
	r := report.New(report.Config{Lines: &lines, People: &people, Now: clock(), Probe: fake{}, Run: "r"})
	first := id(1, 10, 10)
	r.Birth(first, utrace.TaskID{}, false)
	why := func(what string) utrace.Why {
		return utrace.Why{What: what, Rule: "p.yaml:3:1  filesystem: what is not listed", Allow: `filesystem: {read: ["/x"]}`}
	}
	for serial := uint64(2); serial < 5; serial++ {
		child := id(serial, int(serial)*10, int(serial)*10)
		r.Birth(child, first, false)
		r.Refused(child, "refusals", why("open of /x for reading"))
	}
	r.Refused(first, "refusals", why("open of /x (1) for reading"))
	r.Refused(first, "refusals", why("open of /x (2) for reading"))
	r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{By: "program"}, nil)
	for _, want := range []string{
		"jail: denied open of /x for reading\n  by   ", "jail: denied open of /x for reading: 3 times in all\n",
		"jail: denied open of /x (1) for reading\n", "jail: denied open of /x (2) for reading\n",
	} {
		if strings.Count(people.String(), want) != 1 {
			t.Errorf("%q is not there once:\n%s", want, people.String())
		}
	}
	if sum, _ := told(t, lines.String(), report.KindDenial); sum != 5 {
		t.Errorf("%d denials in the report, want 5:\n%s", sum, lines.String())
	}
	if !strings.Contains(lines.String(), `"denials":5`) {
		t.Errorf("the totals do not count them:\n%s", lines.String())
	}
}
