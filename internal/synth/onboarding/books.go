package onboarding

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A companyRow is one version of an entry of the registry, valid until the next one.
type companyRow struct {
	RegNo     string    `parquet:"reg_no"` // capitals, letters and digits alone
	Name      string    `parquet:"name"`
	Street    string    `parquet:"street"`
	Town      string    `parquet:"town,dict"`
	Directors string    `parquet:"directors"` // parted by semicolons
	Entered   time.Time `parquet:"entered,timestamp(microsecond)"`
	Status    string    `parquet:"status,dict"`
	ValidFrom time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// A listedRow is one person on the watch list, from the day of listing to that
// of delisting.
type listedRow struct {
	Name      string     `parquet:"name"`
	Born      int32      `parquet:"born,date"`
	Kind      string     `parquet:"kind,dict"` // sanctioned or exposed
	ValidFrom time.Time  `parquet:"valid_from,timestamp(microsecond)"`
	ValidTo   *time.Time `parquet:"valid_to,optional,timestamp(microsecond)"`
}

// An accountRow is one version of an account.
type accountRow struct {
	RegNo     string    `parquet:"reg_no"`
	Holder    string    `parquet:"holder"`
	Status    string    `parquet:"status,dict"` // open or closed_for_abuse
	ValidFrom time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// An identityRow is one identity document that was shown, and who showed it.
type identityRow struct {
	Number    string    `parquet:"number"`
	Family    string    `parquet:"family"`
	ValidFrom time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// A sectorRow is one version of the view on a trade.
type sectorRow struct {
	Code      string    `parquet:"code,dict"`
	Risk      string    `parquet:"risk,dict"`
	Licence   bool      `parquet:"licence"` // needs one
	ValidFrom time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// A tariffRow is one version of the plans on a market. Amounts are EUR a month.
type tariffRow struct {
	Market           string    `parquet:"market,dict"`
	StarterTurnover  int64     `parquet:"starter_turnover"` // more needs the next plan
	BusinessTurnover int64     `parquet:"business_turnover"`
	StarterLimit     int64     `parquet:"starter_limit"`
	BusinessLimit    int64     `parquet:"business_limit"`
	EnterpriseLimit  int64     `parquet:"enterprise_limit"`
	ValidFrom        time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// An introducerRow is one version of a partner that sends us customers.
type introducerRow struct {
	Code      string    `parquet:"code,dict"`
	Status    string    `parquet:"status,dict"` // active or suspended
	ValidFrom time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// founded is when tables begin.
var founded = time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC)

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// tariffs are the plans of all markets: the limits fell in July 2025, and the
// bounds between the plans moved in 2026.
var tariffs = func() []tariffRow {
	var rows []tariffRow
	for _, m := range markets {
		add := int64(m.tariff)
		rows = append(rows,
			tariffRow{m.country, 8_000, 60_000, 5_000 + 500*add, 50_000 + 2_000*add, 500_000, founded},
			tariffRow{m.country, 8_000, 60_000, 4_000 + 500*add, 45_000 + 2_000*add, 400_000, day(2025, 7, 1)},
			tariffRow{m.country, 6_000, 50_000, 4_000 + 500*add, 45_000 + 2_000*add, 400_000, day(2026, 1, 15)})
	}
	return rows
}()

// at is the version of a table's rows that holds at a time, of those that match.
func at[T any](rows []T, t time.Time, match func(T) (from time.Time, ok bool)) (last T, found bool) {
	var since time.Time
	for _, r := range rows {
		if from, ok := match(r); ok && !from.After(t) && !from.Before(since) {
			last, since, found = r, from, true
		}
	}
	return last, found
}

// views are the versions of all trades.
var views = func() []sectorRow {
	var rows []sectorRow
	for _, s := range sectors {
		rows = append(rows, sectorRow{s.code, s.risk, s.licence, founded})
		if !s.from.IsZero() {
			rows = append(rows, sectorRow{s.code, s.later, s.laterLicence, s.from})
		}
	}
	return rows
}()

// enter adds a version of an entry to the registry.
func (w *world) enter(r companyRow) { w.registry[r.RegNo] = append(w.registry[r.RegNo], r) }

// entryAt is the registry's entry for a number, as printed, at a time.
func (w *world) entryAt(regNo string, t time.Time) (companyRow, bool) {
	return at(w.registry[plain(regNo)], t, func(r companyRow) (time.Time, bool) { return r.ValidFrom, true })
}

// listWatched fills the watch list: strangers' names for the most part, and
// common ones, which bring honest people into trouble. Some were listed during
// the year, and some delisted.
func (w *world) listWatched() {
	for i := range 900 {
		d := synth.NewDraw(w.seed, "listed", i)
		var name string
		if i%60 == 0 {
			m := markets[(i/60)%len(markets)]
			given, family := synth.Person(d, m.language)
			name = given + " " + family
		} else {
			name = synth.Pick(d, listedGiven) + " " + synth.Pick(d, listedFamily) + synth.Pick(d, listedEndings)
		}
		row := listedRow{name, birthday(d), "sanctioned", founded.AddDate(0, 0, d.Int(0, 600)), nil}
		if d.Bool(0.55) {
			row.Kind = "exposed"
		}
		if d.Bool(0.15) {
			row.ValidFrom = synth.YearStart.AddDate(0, 0, d.Int(1, 440))
		}
		if d.Bool(0.1) {
			to := synth.YearStart.AddDate(0, 0, d.Int(30, 400))
			if to.After(row.ValidFrom) {
				row.ValidTo = &to
			}
		}
		w.listed = append(w.listed, row)
	}
}

// screen is what the watch list says of a person at a time: a match by name
// and day of birth, or by name alone.
func (w *world) screen(p *person, t time.Time) string {
	found := ""
	for _, r := range w.listed {
		if !strings.EqualFold(r.Name, p.name()) || r.ValidFrom.After(t) || r.ValidTo != nil && !r.ValidTo.After(t) {
			continue
		}
		if r.Born == p.born {
			return r.Kind
		}
		found = "namesake"
	}
	return found
}

// birthday is a day of birth of somebody of working age, in days since 1970.
func birthday(d synth.Draw) int32 { return int32(d.Int(-6500, 13_500)) }

// companies are all entries of the registry, by when they became valid.
func (w *world) companies() []companyRow {
	var rows []companyRow
	for _, number := range slices.Sorted(maps.Keys(w.registry)) {
		rows = append(rows, w.registry[number]...)
	}
	slices.SortStableFunc(rows, func(a, b companyRow) int { return a.ValidFrom.Compare(b.ValidFrom) })
	return rows
}

// inOrder sorts the tables by when their rows became valid.
func (w *world) inOrder() {
	slices.SortStableFunc(w.listed, func(a, b listedRow) int { return a.ValidFrom.Compare(b.ValidFrom) })
	slices.SortStableFunc(w.accounts, func(a, b accountRow) int { return a.ValidFrom.Compare(b.ValidFrom) })
	slices.SortStableFunc(w.shown, func(a, b identityRow) int { return a.ValidFrom.Compare(b.ValidFrom) })
	slices.SortStableFunc(w.introducers, func(a, b introducerRow) int { return strings.Compare(a.Code, b.Code) })
}
