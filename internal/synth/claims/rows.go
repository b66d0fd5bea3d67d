package claims

import (
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A caseRow is one case as shipped. Which column is what is said in the
// dataset cards: inputs, labels, gold values of steps, and what was known
// only after the fact.
type caseRow struct {
	CaseID     string    `parquet:"case_id"`
	ReceivedAt time.Time `parquet:"received_at,timestamp(microsecond)"`
	PartyID    string    `parquet:"party_id"`
	Notice     string    `parquet:"notice"`
	Estimate   *string   `parquet:"estimate,optional"`
	Channel    string    `parquet:"channel,dict"`
	Region     string    `parquet:"region,dict"`
	Line       string    `parquet:"line,dict"`
	Claimant   string    `parquet:"claimant"`
	Phone      string    `parquet:"phone"`
	Address    string    `parquet:"address"`

	LabelDecision    string   `parquet:"label_decision,dict"`
	LabelAmount      *float64 `parquet:"label_amount,optional"`
	LabelReserve     float64  `parquet:"label_reserve"`
	LabelPeril       string   `parquet:"label_peril,dict"`
	LabelNeedsPerson bool     `parquet:"label_needs_person"`
	LabelReason      string   `parquet:"label_reason,dict"`

	GoldPolicy   *string  `parquet:"gold_policy,optional"`
	GoldPhone    string   `parquet:"gold_phone"`
	GoldLossDate int32    `parquet:"gold_loss_date,date"`
	GoldClaimed  *float64 `parquet:"gold_claimed,optional"`
	GoldCost     *float64 `parquet:"gold_cost,optional"`
	GoldJob      *string  `parquet:"gold_job,optional"`
	GoldRepairer *string  `parquet:"gold_repairer,optional"`
	GoldProduct  *string  `parquet:"gold_product,optional"`
	GoldStatus   *string  `parquet:"gold_status,optional"`
	GoldRecent   int64    `parquet:"gold_recent"`
	GoldRoute    string   `parquet:"gold_route,dict"`

	AdjusterDecision string     `parquet:"adjuster_decision,dict"`
	AdjusterAmount   *float64   `parquet:"adjuster_amount,optional"`
	AdjusterReserve  float64    `parquet:"adjuster_reserve"`
	AdjusterPeril    string     `parquet:"adjuster_peril,dict"`
	AdjusterMinutes  float64    `parquet:"adjuster_minutes"`
	SettledAt        *time.Time `parquet:"settled_at,optional,timestamp(microsecond)"`
}

// row is the claim as a row of cases.parquet.
func (c *claim) row() caseRow {
	h := c.holder
	r := caseRow{
		CaseID: c.id, ReceivedAt: c.received, PartyID: h.party, Notice: c.notice, Estimate: synth.Optional(c.quote),
		Channel: c.channel, Region: h.region, Line: h.line(), Claimant: h.given + " " + h.family, Phone: h.phone, Address: h.address(),

		LabelDecision: c.decision, LabelReserve: synth.Units(reserve(c.facts, c.decision, c.reason)), LabelPeril: c.peril,
		LabelNeedsPerson: c.team != settle, LabelReason: c.reason,

		GoldPhone: code(h.phone), GoldLossDate: *synth.OptionalDay(&c.printedLoss),
		GoldRecent: int64(c.recent), GoldRoute: c.team,

		AdjusterDecision: c.adjusterDecision, AdjusterAmount: synth.OptionalUnits(c.adjusterAmount), AdjusterReserve: synth.Units(c.adjusterReserve), AdjusterPeril: c.adjusterPeril,
		AdjusterMinutes: c.adjusterMinutes, SettledAt: c.settled,
	}
	if c.decision == pay {
		amount := c.payable()
		r.LabelAmount = synth.OptionalUnits(&amount)
	}
	if c.printsClaimed {
		r.GoldClaimed = synth.OptionalUnits(c.claimed)
	}
	if c.printsPolicy {
		r.GoldPolicy = synth.Optional(h.policy)
	}
	if c.estimate {
		r.GoldCost = synth.OptionalUnits(&c.cost)
		r.GoldRepairer = &c.repairer.id
		if c.repairer.codes {
			r.GoldJob = &c.job.code
		}
	}
	if c.ours && !c.printedLoss.Before(h.since) {
		product, status := h.productAt(c.printedLoss), "in force"
		if !h.inForce(c.printedLoss) {
			status = "lapsed"
		}
		r.GoldProduct, r.GoldStatus = &product, &status
	}
	return r
}

// code is a text as the books keep it: capitals and digits alone.
func code(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return -1
	}, s)
}

// Row is a case as shipped, for datasets that join it to those of other
// workflows.
type Row = caseRow

// Received are the shipped cases received from one time until another.
func Received(from, until time.Time) []Row {
	var rows []Row
	for _, c := range build(Seed).claims {
		if !c.received.Before(from) && c.received.Before(until) {
			rows = append(rows, c.row())
		}
	}
	return rows
}
