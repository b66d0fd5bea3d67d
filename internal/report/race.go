package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/record"
)

// race is the certificate of a run that was raced.
func (r *Report) race() table {
	race := r.Header.Race
	if race == nil || race.Result == nil {
		return table{}
	}
	end := fmt.Sprintf("The run went on to the last of %s.", plural(int(race.Of), "case"))
	if race.Result.Stopped {
		end = fmt.Sprintf("The run stopped after %d of %s, when one design was left.", r.Header.Data.Cases, plural(int(race.Of), "case"))
	}
	t := table{
		title: "Race by " + words(race.Metric), first: true,
		intro: fmt.Sprintf("Designs drop out when the e-value of another over them reaches %.4g (%s; %s in random order told of two or more designs). The best drops out with a probability of at most %s, whenever one looks. %s",
			race.Limit, race.Method, plural(race.Result.Units, race.Unit), percent(race.Error), end),
		head:  []string{"design", "in the race", "behind", "better in", "worse in", "difference", "e-value"},
		right: []bool{false, false, false, true, true, true, true},
	}
	for _, d := range r.Header.Designs {
		row := []string{name(d.Name), "to the end"}
		var by *record.Beaten
		if i := slices.IndexFunc(race.Result.Dropped, is(d.Name)); i >= 0 {
			by = &race.Result.Dropped[i]
			row[1] = fmt.Sprintf("dropped after %s", plural(int(by.Cases), "case"))
		} else if i := slices.IndexFunc(race.Result.Undecided, is(d.Name)); i >= 0 {
			by = &race.Result.Undecided[i]
		}
		if by == nil {
			row = append(row, "nobody", "", "", "", "")
		} else {
			row = append(row, name(by.By), fmt.Sprint(by.Losses), fmt.Sprint(by.Wins), difference(-by.Difference, "rate"), eValue(by.LogE))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func is(design string) func(record.Beaten) bool {
	return func(b record.Beaten) bool { return b.Design == design }
}

// eValue writes an e-value by its natural logarithm.
func eValue(log float64) string {
	if log > math.Log(1e6) {
		return "over a million"
	}
	return fmt.Sprintf("%.3g", math.Exp(log))
}
