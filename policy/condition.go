// Conditions on arguments: `arg1 == TIOCSTI`, `arg0 & CLONE_NEWUSER != 0`.

package policy

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"jail/seccomp"
)

// condition compares one argument with a number.
type condition struct {
	node   *yaml.Node
	text   string
	arg    int
	width  int    // 32 or 64 if the policy says so; 0: what the call's table says
	mask   uint64 // 0: none
	masked bool
	op     seccomp.Op // Eq to Ge; with a mask Eq or Ne
	value  number
}

// number is a value of a condition.
type number struct {
	bits     uint64 // of a negative one, its sign extension to 64 bits
	negative bool
}

// negativeNumber is -v.
func negativeNumber(v uint64) number { return number{bits: -v, negative: true} }

// fits tells whether the kernel could see the number in an argument of so
// many bits.
func (v number) fits(width int) bool {
	switch {
	case width == 64:
		return true
	case v.negative:
		return int64(v.bits) >= -(1 << (width - 1))
	default:
		return v.bits < 1<<width
	}
}

// low is the number cut to so many bits.
func (v number) low(width int) uint64 { return v.bits & (math.MaxUint64 >> (64 - width)) }

// condition reads one, in the form
//
//	argN[:32|:64] [& MASK] OP VALUE
func (p *parser) condition(n *yaml.Node, text string) (condition, bool) {
	s := &scan{text: text}
	c := condition{node: n, text: text}
	err := s.condition(&c)
	if err == nil {
		return c, true
	}
	kind := ErrCondition
	if errors.Is(err, ErrNumber) {
		kind = ErrNumber
	} else if errors.Is(err, ErrUnknownName) {
		kind = ErrUnknownName
	}
	at := placeIn(n, text[:s.start])
	return c, p.errorf(&at, kind, s.hint, "in the condition %s: %s", quote(text), strings.TrimPrefix(err.Error(), kind.Error()+": "))
}

// placeIn is the node, moved to what stands in its text after before. A text
// in several lines stays where it is: its place in the file is not known.
func placeIn(n *yaml.Node, before string) yaml.Node {
	at := *n
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return at
	}
	at.Column += len([]rune(before))
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		at.Column++
	}
	return at
}

// scan reads a condition word by word.
type scan struct {
	text  string
	pos   int    // after the word that was read last
	start int    // where it began
	hint  string // for the error that is about to be returned
}

const conditionForm = `a condition is written like "arg1 == TIOCSTI" or "arg0 & CLONE_NEWUSER != 0"`

func (s *scan) condition(c *condition) error {
	s.hint = conditionForm
	if err := s.argument(c); err != nil {
		return err
	}
	op := s.word()
	if op == "&" {
		v, err := s.value()
		if err != nil {
			return err
		}
		if v.bits == 0 {
			return errors.New("the mask is 0, so nothing is compared")
		}
		c.mask, c.masked = v.bits, true
		op = s.word()
	}
	if op == "" {
		return errors.New("a comparison is missing")
	}
	var ok bool
	if c.op, ok = operator(op); !ok {
		return fmt.Errorf("%s is no comparison: ==, !=, <, <=, > or >= was expected", quote(op))
	}
	opStart := s.start
	var err error
	if c.value, err = s.value(); err != nil {
		return err
	}
	if rest := s.word(); rest != "" {
		return fmt.Errorf("nothing can follow the value, but %s does", quote(rest))
	}
	ordered := c.op != seccomp.Eq && c.op != seccomp.Ne
	s.start = opStart
	switch {
	case c.masked && ordered:
		s.hint = "compare with == or !="
		return errors.New("a masked argument has no order")
	case ordered && c.value.negative:
		s.hint = "compare with == or !="
		return errors.New("arguments are compared without a sign, so a negative number has no place in their order")
	case c.masked && c.value.bits&^c.mask != 0:
		s.hint = ""
		return errors.New("the value has bits that the mask takes away, so they are never equal")
	}
	return nil
}

// argument reads "arg1" or "arg1:32".
func (s *scan) argument(c *condition) error {
	word := s.word()
	name, width, hasWidth := strings.Cut(word, ":")
	digit, ok := strings.CutPrefix(name, "arg")
	if !ok || len(digit) != 1 || digit[0] < '0' || digit[0] > '9' {
		return fmt.Errorf("%s is no argument: arg0 to arg5 was expected", quote(word))
	}
	c.arg = int(digit[0] - '0')
	if c.arg > 5 {
		return fmt.Errorf("%w: a call has the arguments arg0 to arg5, not %s", ErrNumber, name)
	}
	switch {
	case !hasWidth:
	case width == "32":
		c.width = 32
	case width == "64":
		c.width = 64
	default:
		return fmt.Errorf("an argument is compared as :32 or :64, not as %s", quote(":"+width))
	}
	return nil
}

// operator is the comparison that a word stands for.
func operator(word string) (seccomp.Op, bool) {
	switch word {
	case "==":
		return seccomp.Eq, true
	case "!=":
		return seccomp.Ne, true
	case "<":
		return seccomp.Lt, true
	case "<=":
		return seccomp.Le, true
	case ">":
		return seccomp.Gt, true
	case ">=":
		return seccomp.Ge, true
	default:
		return 0, false
	}
}

// word reads the next word: an operator's characters, or what stands between
// operators and blanks. It is "" at the end.
func (s *scan) word() string {
	const operators = "=!<>&|"
	for s.pos < len(s.text) && (s.text[s.pos] == ' ' || s.text[s.pos] == '\t') {
		s.pos++
	}
	s.start = s.pos
	if s.pos == len(s.text) {
		return ""
	}
	first := strings.IndexByte(operators, s.text[s.pos]) >= 0
	for s.pos < len(s.text) && s.text[s.pos] != ' ' && s.text[s.pos] != '\t' &&
		(strings.IndexByte(operators, s.text[s.pos]) >= 0) == first {
		s.pos++
	}
	return s.text[s.start:s.pos]
}

// value reads numbers and names of constants with | between them.
func (s *scan) value() (number, error) {
	var all number
	for {
		v, err := s.term()
		if err != nil {
			return number{}, err
		}
		all.bits |= v.bits
		all.negative = all.negative || v.negative
		after := *s
		if s.word() != "|" {
			s.pos, s.start = after.pos, after.start
			return all, nil
		}
	}
}

// term reads a number or the name of a constant.
func (s *scan) term() (number, error) {
	word := s.word()
	if word == "" {
		return number{}, errors.New("a value is missing")
	}
	if v, ok := constantValue(word); ok {
		return v, nil
	}
	digits, negative := strings.CutPrefix(word, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' {
		s.hint = didYouMean(word, constantNames(), "write the number")
		return number{}, fmt.Errorf("%w: there is no constant %s", ErrUnknownName, quote(word))
	}
	v, err := strconv.ParseUint(digits, 0, 64)
	s.hint = ""
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && negative && v > 1<<63:
		return number{}, fmt.Errorf("%w: %s does not fit into 64 bits", ErrNumber, quote(word))
	case err != nil || strings.ContainsRune(word, '_'):
		s.hint = "numbers are written like 18, 0x12, 0o22 or 022"
		return number{}, fmt.Errorf("%s is no number", quote(word))
	case negative && v > 0:
		return negativeNumber(v), nil
	}
	return number{bits: v}, nil
}
