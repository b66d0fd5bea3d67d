// Package people says what a person answers about a historical case.
package people

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Source says where a person's answer comes from.
type Source string

const (
	Recorded   Source = "recorded"    // what the person decided at the time
	ErrorModel Source = "error_model" // the label, with the team's error rate
	Label      Source = "label"       // the label itself: a perfect reviewer
	Unknown    Source = ""            // nothing tells
)

// Answer gives one outcome field as a person of the team would have answered
// it, and where that comes from. The order is the person's answer recorded at
// the time, else the team's error model around the label, else the label.
//
// The error model applies to the field that the workflow decides by: with the
// team's rate for the right class, the answer is another class, each as likely
// as the others. Draws are keyed by the case, the team's step and nothing of
// the design, so that a case meets the same mood under every design.
func Answer(w *design.Workflow, team design.Team, label *flow.Label, key flow.Key, field int) (any, Source) {
	if label == nil {
		return nil, Unknown
	}
	if field < len(label.Person.Values) && label.Person.Values[field] != nil {
		return label.Person.Values[field], Recorded
	}
	if field >= len(label.Outcome.Values) || label.Outcome.Values[field] == nil {
		return nil, Unknown
	}
	right := label.Outcome.Values[field]
	if field != w.Decision || len(team.Errors) == 0 {
		return right, Label
	}
	class, _ := right.(string)
	rate, ok := team.Errors[class]
	if !ok {
		rate = team.Errors[""]
	}
	if rate <= 0 {
		return right, ErrorModel
	}
	key.Step, key.Attempt = "team:"+team.Name, 0
	rng := key.Rand("error")
	if rng.Float64() >= rate {
		return right, ErrorModel
	}
	others := otherClasses(w, field, class)
	if len(others) == 0 {
		return right, ErrorModel
	}
	return others[rng.IntN(len(others))], ErrorModel
}

// Confirm is [Answer] by a person who is shown a suggestion. Where the workflow
// says how the team confirms, that holds for the field it decides by: of right
// suggestions it changes the share that it overrules, of wrong ones it lets
// through the share that it accepts, and mends the others. An answer recorded
// at the time was given without this suggestion, so it does not come first.
func Confirm(w *design.Workflow, team design.Team, label *flow.Label, key flow.Key, field int, suggested any) (any, Source) {
	c := team.Confirm
	if suggested == nil || c == nil || field != w.Decision || label == nil || field >= len(label.Outcome.Values) || label.Outcome.Values[field] == nil {
		return Answer(w, team, label, key, field)
	}
	right := label.Outcome.Values[field]
	key.Step, key.Attempt = "team:"+team.Name, 0
	rng := key.Rand("confirm")
	draw := rng.Float64()
	switch {
	case suggested != right && draw < c.AcceptsWrong:
		return suggested, ErrorModel
	case suggested == right && draw < c.OverrulesRight:
		class, _ := right.(string)
		if others := otherClasses(w, field, class); len(others) > 0 {
			return others[rng.IntN(len(others))], ErrorModel
		}
	}
	return right, ErrorModel
}

func otherClasses(w *design.Workflow, field int, class string) []string {
	return slices.DeleteFunc(slices.Clone(w.Outcome.Fields()[field].Type.Enum), func(c string) bool { return c == class })
}

// ConfirmMinutes is how long the team works on a case that it is shown a
// suggestion for, and whether that is known.
func ConfirmMinutes(team design.Team, label *flow.Label) (float64, bool) {
	if c := team.Confirm; c != nil && c.Minutes > 0 {
		return c.Minutes, true
	}
	return Minutes(team, label)
}

// Minutes is how long the team works on the case, and whether that is known:
// the minutes recorded with the case where the team takes them from there,
// else the team's stated minutes.
func Minutes(team design.Team, label *flow.Label) (float64, bool) {
	if team.MinutesFromLabel {
		if label == nil || label.Minutes == nil {
			return 0, false
		}
		return *label.Minutes, true
	}
	return team.Minutes, team.Minutes > 0
}
