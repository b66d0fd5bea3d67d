package flow

// HitPolicy says what a decision table does with rows that match, in the words
// of DMN.
type HitPolicy string

const (
	HitUnique  HitPolicy = "unique"  // at most one row may match: two are an error
	HitFirst   HitPolicy = "first"   // the first that matches, in the order written
	HitCollect HitPolicy = "collect" // all that match
)

// Table is what is known of a decision table before a case comes.
type Table struct {
	Rows   []Text // the conditions as written, over the scope "in" and the params
	Policy HitPolicy
	Else   bool // something is given where no row matches; else that is an error
}

// DecisionTable is implemented by steps that decide by a table, so that lint can
// tell which rows no case comes to, which match together, and which cases none
// takes.
type DecisionTable interface {
	Step
	DecisionTable() Table
}
