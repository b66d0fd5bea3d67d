package onboarding

import (
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A caseRow is one case as shipped. Which column is what is said in the
// dataset cards: inputs, labels, gold values of steps, and what was known only
// after the fact.
type caseRow struct {
	CaseID      string    `parquet:"case_id"`
	SubmittedAt time.Time `parquet:"submitted_at,timestamp(microsecond)"`
	GroupID     string    `parquet:"group_id"`
	Form        string    `parquet:"form"`
	Documents   *string   `parquet:"documents,optional"`
	Channel     string    `parquet:"channel,dict"`
	Market      string    `parquet:"market,dict"`
	Introducer  *string   `parquet:"introducer,optional,dict"`
	Kind        string    `parquet:"kind,dict"`
	Email       string    `parquet:"email"`

	LabelDecision    string   `parquet:"label_decision,dict"`
	LabelRisk        string   `parquet:"label_risk,dict"`
	LabelPlan        *string  `parquet:"label_plan,optional,dict"`
	LabelLimit       *float64 `parquet:"label_limit,optional"`
	LabelTraining    *string  `parquet:"label_training,optional,dict"`
	LabelNeedsPerson bool     `parquet:"label_needs_person"`
	LabelReason      string   `parquet:"label_reason,dict"`

	GoldApplicant  string     `parquet:"gold_applicant"`
	GoldBorn       int32      `parquet:"gold_born,date"`
	GoldRegNo      *string    `parquet:"gold_reg_no,optional"`
	GoldSector     string     `parquet:"gold_sector,dict"`
	GoldFigure     float64    `parquet:"gold_figure"`
	GoldThousands  bool       `parquet:"gold_thousands"`
	GoldYearly     bool       `parquet:"gold_yearly"`
	GoldSeats      int32      `parquet:"gold_seats"`
	GoldPlan       string     `parquet:"gold_plan,dict"`
	GoldIDNumber   *string    `parquet:"gold_id_number,optional"`
	GoldIDExpires  *int32     `parquet:"gold_id_expires,optional,date"`
	GoldRegistered string     `parquet:"gold_registered,dict"`
	GoldListed     *string    `parquet:"gold_listed,optional,dict"`
	GoldSectorRisk string     `parquet:"gold_sector_risk,dict"`
	GoldRoute      string     `parquet:"gold_route,dict"`
	OfficerChoice  string     `parquet:"officer_decision,dict"`
	OfficerMinutes float64    `parquet:"officer_minutes"`
	ActivatedAt    *time.Time `parquet:"activated_at,optional,timestamp(microsecond)"`
}

// row is the application as a row of cases.parquet.
func (a *application) row() caseRow {
	c, p := a.company, a.applicant
	r := caseRow{
		CaseID: a.id, SubmittedAt: a.received, GroupID: c.group, Form: a.form, Documents: synth.Optional(a.documents),
		Channel: a.channel, Market: c.market.country, Introducer: synth.Optional(a.introducer), Kind: c.kind, Email: p.email,

		LabelDecision: a.decision, LabelRisk: a.tier, LabelPlan: synth.Optional(a.plan), LabelTraining: synth.Optional(a.training),
		LabelNeedsPerson: a.person, LabelReason: a.reason,

		GoldApplicant: p.name(), GoldBorn: p.born, GoldRegNo: synth.Optional(plain(a.typedRegNo)), GoldSector: c.sector.code,
		GoldFigure: float64(a.figure), GoldThousands: a.thousands, GoldYearly: a.yearly, GoldSeats: int32(c.seats), GoldPlan: a.wanted,
		GoldRegistered: a.registered, GoldListed: synth.Optional(a.listed), GoldSectorRisk: a.sector, GoldRoute: "open",

		OfficerChoice: a.officerDecision, OfficerMinutes: a.officerMinutes, ActivatedAt: a.activated,
	}
	if a.decision == activate {
		limit := float64(a.limit)
		r.LabelLimit = &limit
	}
	if a.identity != "missing" && a.identity != "unreadable" {
		r.GoldIDNumber, r.GoldIDExpires = synth.Optional(a.shownNumber), synth.OptionalDay(&a.expires)
	}
	if a.person {
		r.GoldRoute = "compliance"
	}
	return r
}

// Row is a case as shipped, for datasets that join it to those of other
// workflows.
type Row = caseRow

// Received are the shipped cases received from one time until another.
func Received(from, until time.Time) []Row {
	var rows []Row
	for _, a := range build(Seed).cases {
		if !a.received.Before(from) && a.received.Before(until) {
			rows = append(rows, a.row())
		}
	}
	return rows
}
