// Sizes and times as a policy writes them: 2GiB, 500MB, 10m.

package policy

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"gopkg.in/yaml.v3"
)

// unit is what a letter or more after a number multiplies it by.
type unit struct {
	name  string
	bytes uint64
}

// units are those of sizes.
func units() []unit {
	return []unit{
		{"B", 1}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
		{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	}
}

// sizePattern is what an editor can check of a size.
const sizePattern = `^[0-9]+(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?$`

const sizeForm = "write for example 500MB, 2GiB, or a number of bytes"

// size reads a number of bytes from low to high.
func (p *parser) size(n *yaml.Node, what string, low, high uint64) (uint64, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" && n.Tag != "!!float" && n.Tag != "!!str" {
		return 0, p.errorf(n, ErrType, sizeForm, "%s is a size, not %s", what, kindName(n))
	}
	digits := strings.TrimRight(n.Value, "BKMGTPEbkmgtpei ")
	suffix := n.Value[len(digits):]
	v, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || len(digits) > 1 && digits[0] == '0' {
		if err != nil && digits != "" && strings.Trim(digits, "0123456789") == "" {
			return 0, p.errorf(n, ErrNumber, "", "%s is a size from %s to %s, not %s", what, sizeText(low), sizeText(high), quote(n.Value))
		}
		return 0, p.errorf(n, ErrValue, sizeForm, "%s is no size", quote(n.Value))
	}
	factor := uint64(0)
	for _, u := range units() {
		if u.name == suffix || suffix == "" {
			factor = max(u.bytes, 1)
			break
		}
	}
	if factor == 0 {
		return 0, p.errorf(n, ErrValue, sizeUnitHint(digits, suffix), "%s is no unit of sizes", quote(suffix))
	}
	if v > math.MaxUint64/factor || v*factor < low || v*factor > high {
		return 0, p.errorf(n, ErrNumber, "", "%s is a size from %s to %s, not %s", what, sizeText(low), sizeText(high), quote(n.Value))
	}
	return v * factor, true
}

// sizeUnitHint says which unit was meant.
func sizeUnitHint(digits, suffix string) string {
	switch strings.TrimSpace(strings.ToLower(suffix)) {
	case "k", "kb", "kib":
		return fmt.Sprintf("write %sKiB or %[1]skB", digits)
	case "m", "mb", "mib":
		return fmt.Sprintf("write %sMiB or %[1]sMB", digits)
	case "g", "gb", "gib":
		return fmt.Sprintf("write %sGiB or %[1]sGB", digits)
	case "t", "tb", "tib":
		return fmt.Sprintf("write %sTiB or %[1]sTB", digits)
	}
	return "the units are B, kB, MB, GB, TB, KiB, MiB, GiB and TiB"
}

// sizeText is a size for people: in the biggest unit that leaves a whole number.
func sizeText(v uint64) string {
	if v == 0 {
		return "0"
	}
	best := unit{"", 1}
	for _, u := range units() {
		if u.name != "B" && u.name != "KB" && v%u.bytes == 0 && u.bytes > best.bytes {
			best = u
		}
	}
	if best.name == "" {
		return strconv.FormatUint(v, 10) + "B"
	}
	return strconv.FormatUint(v/best.bytes, 10) + best.name
}

// durationPattern is what an editor can check of a time.
const durationPattern = `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`

var durationForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(durationPattern) })

// duration reads a time from low to high.
func (p *parser) duration(n *yaml.Node, what string, low, high time.Duration) (time.Duration, bool) {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!int" || n.Tag == "!!float") {
		if n.Value == "0" && low == 0 {
			return 0, true
		}
		return 0, p.errorf(n, ErrType, "write for example "+cut(n.Value)+"s", "%s is a time with a unit, not %s", what, kindName(n))
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return 0, p.errorf(n, ErrType, "write for example 90s, 10m or 1h30m", "%s is a time, not %s", what, kindName(n))
	}
	d, err := time.ParseDuration(n.Value)
	if err != nil || !durationForm().MatchString(n.Value) {
		hint := "write for example 90s, 10m or 1h30m"
		if days, ok := strings.CutSuffix(n.Value, "d"); ok {
			if k, err := strconv.ParseUint(days, 10, 16); err == nil {
				hint = fmt.Sprintf("write %dh", k*24)
			}
		}
		return 0, p.errorf(n, ErrValue, hint, "%s is no time", quote(n.Value))
	}
	if d < low || d > high {
		return 0, p.errorf(n, ErrNumber, "", "%s is a time from %s to %s, not %s", what, durationText(low), durationText(high), quote(n.Value))
	}
	return d, true
}

// durationText is a time for people: "10m", not "10m0s".
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
