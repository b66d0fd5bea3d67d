package claims

import (
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A policyRow is one version of a policy, valid until the next one.
type policyRow struct {
	Policy    string    `parquet:"policy"`
	Product   string    `parquet:"product,dict"`
	Status    string    `parquet:"status,dict"`
	Excess    float64   `parquet:"excess"`
	Limit     float64   `parquet:"limit"`
	Began     time.Time `parquet:"began,timestamp(microsecond)"`
	ValidFrom time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// A pastRow is one claim on file, from when it was entered.
type pastRow struct {
	Policy    string    `parquet:"policy"`
	LossDate  int32     `parquet:"loss_date,date"`
	Peril     string    `parquet:"peril,dict"`
	Phone     *string   `parquet:"phone,optional"`
	Address   *string   `parquet:"address,optional"`
	Repairer  *string   `parquet:"repairer,optional,dict"` // its number
	ValidFrom time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// A priceRow is one version of a line of the price list.
type priceRow struct {
	Job        string    `parquet:"job,dict"`
	Name       string    `parquet:"name,dict"`
	Part       string    `parquet:"part,dict"`
	List       *float64  `parquet:"list,optional"` // net; absent where each has its own price
	ExcessFree bool      `parquet:"excess_free"`
	ValidFrom  time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// A repairerRow is one version of a repairer in the books.
type repairerRow struct {
	Repairer  string    `parquet:"repairer"`
	Name      string    `parquet:"name"`
	TaxID     string    `parquet:"tax_id"`
	Trade     string    `parquet:"trade,dict"`
	Town      string    `parquet:"town,dict"`
	Status    string    `parquet:"status,dict"`
	ValidFrom time.Time `parquet:"valid_from,timestamp(microsecond)"`
}

// filedBefore counts the claims of the year before that were on file at a time.
func (h *holder) filedBefore(t time.Time) int {
	n := 0
	for _, f := range h.filed {
		if !f.After(t) && t.Sub(f) < 365*24*time.Hour {
			n++
		}
	}
	return n
}

// file enters a claim of the holder.
func (w *world) file(h *holder, peril string, loss, at time.Time, r *repairer) {
	h.filed = append(h.filed, at)
	row := pastRow{Policy: h.policy, LossDate: *synth.OptionalDay(&loss), Peril: peril, ValidFrom: at}
	phone, address := code(h.phone), code(h.address())
	row.Phone, row.Address = &phone, &address
	if r != nil {
		row.Repairer = &r.id
	}
	w.past = append(w.past, row)
}

// register enters a claim some minutes to hours after it came.
func (w *world) register(c *claim) {
	d := synth.NewDraw(w.seed, "register", c.id)
	r := c.repairer
	if !c.estimate {
		r = nil
	}
	w.file(c.holder, c.peril, c.loss, c.received.Add(time.Duration(d.Int(4, 400))*time.Minute).Truncate(time.Minute), r)
}

// history files the claims of 2024.
func (w *world) history() {
	d := synth.NewDraw(w.seed, "history")
	for range 4200 {
		h := synth.Pick(d, w.pool)
		loss := time.Date(2024, 1, d.Int(1, 366), 0, 0, 0, 0, time.UTC)
		perils := cover[h.productAt(loss)]
		if len(perils) == 0 || daysBetween(h.since, loss) < 1 {
			continue
		}
		peril := pickPeril(d, perils)
		at := loss.AddDate(0, 0, d.Int(0, 20)).Add(time.Duration(d.Int(480, 1080)) * time.Minute)
		if !at.Before(synth.YearStart) {
			continue
		}
		w.file(h, peril, loss, at, w.repairerFor(d, tradeOf(peril, h.motor())))
	}
}

// policies are the policies of those who ever claimed, and some others.
func (w *world) policies() []policyRow {
	var rows []policyRow
	for i, h := range w.holders {
		if len(h.filed) == 0 && i%8 != 0 {
			continue
		}
		row := policyRow{h.policy, h.product, "in force", synth.Units(h.excess), synth.Units(h.limit), h.since, h.since}
		rows = append(rows, row)
		if !h.upgraded.IsZero() {
			row.Product, row.ValidFrom = h.upgrade, h.upgraded
			rows = append(rows, row)
		}
		if !h.lapsed.IsZero() {
			row.Status, row.ValidFrom = "lapsed", h.lapsed
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b policyRow) int { return strings.Compare(a.Policy, b.Policy) })
	return rows
}

// repairerRows are the repairers in the books, oldest versions first.
func (w *world) repairerRows() []repairerRow {
	var rows []repairerRow
	for _, r := range w.repairers {
		row := repairerRow{r.id, r.name, strings.TrimPrefix(r.taxID, "GB"), r.trade, r.town, "listed", day(2024, 1, 1)}
		rows = append(rows, row)
		if !r.watched.IsZero() {
			row.Status, row.ValidFrom = "watched", r.watched
			rows = append(rows, row)
		}
	}
	slices.SortStableFunc(rows, func(a, b repairerRow) int { return strings.Compare(a.Repairer, b.Repairer) })
	return rows
}

// priceList is the price list in all its versions.
func priceList() []priceRow {
	var rows []priceRow
	for _, j := range jobs {
		for _, r := range listRises {
			row := priceRow{Job: j.code, Name: j.name, Part: j.part, ExcessFree: j.free, ValidFrom: r.from}
			if j.list > 0 {
				price := j.listPrice(r.from)
				row.List = synth.OptionalUnits(&price)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// A coverRow says whether a product covers a peril.
type coverRow struct {
	Product string `parquet:"product,dict"`
	Peril   string `parquet:"peril,dict"`
	Covered bool   `parquet:"covered"`
}

// coverRows are what each product covers and what it does not: a book that said
// no by having no row could not be told from one that gives no answer.
func coverRows() []coverRow {
	perils := slices.Concat(lines["motor"], lines["home"])
	slices.Sort(perils)
	perils = slices.Compact(perils)
	var rows []coverRow
	for _, p := range products {
		for _, peril := range perils {
			rows = append(rows, coverRow{p.What, peril, slices.Contains(cover[p.What], peril)})
		}
	}
	return rows
}
