package record

import "github.com/parquet-go/parquet-go"

// trialRow is one trial as Parquet holds it. JSON columns hold canonical
// objects (flow.AppendJSON), so that any reader can take them apart without
// knowing the workflow.
type trialRow struct {
	Case      string       `parquet:"case_id"`
	Index     int64        `parquet:"case_index,delta"`
	Time      int64        `parquet:"case_time,optional,timestamp(microsecond)"`
	Cluster   string       `parquet:"cluster"`
	Weight    float64      `parquet:"weight"`
	Tags      string       `parquet:"tags,dict"`
	Design    string       `parquet:"design,dict"`
	Variant   string       `parquet:"variant,dict"`
	Repeat    int32        `parquet:"repeat"`
	Input     uint64       `parquet:"input_digest"`
	Status    string       `parquet:"status,dict"`
	Reason    string       `parquet:"reason,dict"`
	Team      string       `parquet:"team,dict"`
	End       string       `parquet:"end_step,dict"`
	Outcome   *string      `parquet:"outcome,optional"`
	Right     *bool        `parquet:"recorded_right,optional"`
	Shadow    *string      `parquet:"shadow_outcome,optional"`
	ShadowWhy string       `parquet:"shadow_why,dict"`
	Routes    []routeRow   `parquet:"routes,list"`
	Steps     []spanRow    `parquet:"steps,list"`
	Handoffs  []handoffRow `parquet:"handoffs,list"`
}

type routeRow struct {
	Step    string `parquet:"step,dict"`
	Branch  int32  `parquet:"branch"`
	To      string `parquet:"to,dict"`
	Because string `parquet:"because,dict"`
	Values  string `parquet:"values"`
	Shadow  bool   `parquet:"shadow"`
}

type spanRow struct {
	Step       string       `parquet:"step,dict"`
	Kind       string       `parquet:"kind,dict"`
	Actor      string       `parquet:"actor,dict"`
	Shadow     bool         `parquet:"shadow"`
	Output     *string      `parquet:"output,optional"`
	Raw        *float64     `parquet:"confidence_raw,optional"`
	Calibrated *float64     `parquet:"confidence,optional"`
	Classes    []classRow   `parquet:"classes,list"`
	Attempts   []attemptRow `parquet:"attempts,list"`
	Class      string       `parquet:"error_class,dict"`
	Error      string       `parquet:"error,dict"`
	Source     string       `parquet:"source,dict"`
	Team       string       `parquet:"team,dict"`
	Suggested  *string      `parquet:"suggested,optional"`
	Key        uint64       `parquet:"key_digest"`
}

type classRow struct {
	Name string  `parquet:"name,dict"`
	P    float64 `parquet:"p"`
}

type attemptRow struct {
	TokensIn     int64   `parquet:"tokens_in"`
	TokensCached int64   `parquet:"tokens_cached"`
	TokensOut    int64   `parquet:"tokens_out"`
	Price        float64 `parquet:"price"`
	Latency      int64   `parquet:"latency_ns"`
	Class        string  `parquet:"error_class,dict"`
	Model        string  `parquet:"model,dict"`
}

type handoffRow struct {
	From   string `parquet:"from,dict"`
	To     string `parquet:"to,dict"`
	Kind   string `parquet:"kind,dict"`
	Detail string `parquet:"detail,dict"`
	Clause string `parquet:"clause,dict"`
	After  string `parquet:"after,dict"`
	Digest uint64 `parquet:"payload_digest"`
	Shadow bool   `parquet:"shadow"`
}

// timingRow is one measurement on the clock.
type timingRow struct {
	Case    string  `parquet:"case_id"`
	Design  string  `parquet:"design,dict"`
	Variant string  `parquet:"variant,dict"`
	Repeat  int32   `parquet:"repeat"`
	Step    string  `parquet:"step,dict"`
	Wall    int64   `parquet:"wall_ns"`
	Cached  bool    `parquet:"cached"`
	Spent   float64 `parquet:"spent"`
}

var trialSchema = parquet.SchemaOf(trialRow{})

// Leaf columns of trialSchema in its order.
const (
	colCase = iota
	colIndex
	colTime
	colCluster
	colWeight
	colTags
	colDesign
	colVariant
	colRepeat
	colInput
	colStatus
	colReason
	colTeam
	colEnd
	colOutcome
	colRight
	colShadow
	colShadowWhy
	colRouteStep
	colRouteBranch
	colRouteTo
	colRouteBecause
	colRouteValues
	colRouteShadow
	colSpanStep
	colSpanKind
	colSpanActor
	colSpanShadow
	colSpanOutput
	colSpanRaw
	colSpanCalibrated
	colClassName
	colClassP
	colAttemptIn
	colAttemptCached
	colAttemptOut
	colAttemptPrice
	colAttemptLatency
	colAttemptClass
	colAttemptModel
	colSpanClass
	colSpanError
	colSpanSource
	colSpanTeam
	colSpanSuggested
	colSpanKey
	colHandoffFrom
	colHandoffTo
	colHandoffKind
	colHandoffDetail
	colHandoffClause
	colHandoffAfter
	colHandoffDigest
	colHandoffShadow
	numColumns
)
