package score

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJoin(t *testing.T) {
	right := Judgement{Disposition: AutomatedCorrect, Right: Yes, Shadow: Yes, Measured: true, MinutesOK: true}
	wrong := Judgement{Disposition: AutomatedWrong, Right: No, Shadow: No, Measured: true, MinutesOK: true, ErrorCost: 40}
	unknown := Judgement{Disposition: AutomatedUnknown, Measured: true, MinutesOK: true}
	asked := Judgement{Disposition: EscalatedNeeded, Right: Yes, Escalated: true, Measured: true, MinutesOK: true, Minutes: 6, PeopleCost: 3, Needs: Yes}
	vainly := Judgement{Disposition: EscalatedNeedless, Right: Yes, Escalated: true, Measured: true, Minutes: 2, PeopleCost: 1}
	failed := Judgement{Disposition: Failed, Right: No, Measured: true, MinutesOK: true, Handoff: true}
	lost := Judgement{Disposition: NotMeasured}
	for _, test := range []struct {
		why   string
		parts []Judgement
		want  Judgement
	}{
		{"one part is itself", []Judgement{right}, right},
		{"right where all are", []Judgement{right, right}, right},
		{"one wrong result makes it wrong", []Judgement{right, wrong, unknown}, Judgement{Disposition: AutomatedWrong, Right: No, Shadow: No, Measured: true, MinutesOK: true, ErrorCost: 80}},
		{"unknown where one is and none is wrong", []Judgement{unknown, right}, unknown},
		{"people who were needed once were needed", []Judgement{vainly, asked}, Judgement{Disposition: EscalatedNeeded, Right: Yes, Escalated: true, Measured: true, Minutes: 8, PeopleCost: 7, Needs: Yes}},
		{"people anywhere make it no silent failure", []Judgement{wrong, vainly}, Judgement{Disposition: EscalatedNeedless, Right: No, Escalated: true, Measured: true, Minutes: 2, PeopleCost: 2, ErrorCost: 40}},
		{"it failed where one part did", []Judgement{asked, failed}, Judgement{Disposition: Failed, Right: No, Escalated: true, Measured: true, MinutesOK: true, Handoff: true, Minutes: 6, PeopleCost: 3, Needs: Yes}},
		{"not measured where one part is not", []Judgement{wrong, lost}, Judgement{Disposition: NotMeasured, ErrorCost: 40}},
	} {
		exchange := make([]float64, len(test.parts)) // the second part counts double
		for i := range exchange {
			exchange[i] = float64(min(i, 1) + 1)
		}
		if diff := cmp.Diff(test.want, Join(test.parts, exchange)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.why, diff)
		}
	}
}

// What Joint adds up has the figures and the vectors of a scored run.
func TestJointResult(t *testing.T) {
	j := NewJoint("EUR", true, false, "a", "b")
	yes := Judgement{Disposition: AutomatedCorrect, Right: Yes, Measured: true, MinutesOK: true}
	no := Judgement{Disposition: EscalatedNeeded, Right: No, Escalated: true, Measured: true, MinutesOK: true, PeopleCost: 4}
	for _, c := range []struct{ id, cluster string }{{"1", "x"}, {"2", "x"}, {"3", "y"}} {
		j.Case(c.id, c.cluster, 1)
		j.Add(0, &yes)
		j.Add(1, &no)
	}
	r := j.Result(1)
	if r.Cases != 3 || r.Clusters != 2 || len(r.Designs) != 2 {
		t.Fatalf("%d cases, %d clusters, %d designs", r.Cases, r.Clusters, len(r.Designs))
	}
	for i, want := range []map[string]float64{{SystemAccuracy: 1, EscalationRate: 0, CostPerCase: 0}, {SystemAccuracy: 0, EscalationRate: 1, CostPerCase: 4}} {
		for name, x := range want {
			m, _ := r.Designs[i].Metric(name)
			if m.Estimate.Or(-1) != x || m.Denominator != 3 {
				t.Errorf("%s of %s is %v of %v, want %v of 3", name, r.Designs[i].Name, m.Estimate, m.Denominator, x)
			}
		}
	}
	if diff := cmp.Diff([]int32{0, 0, 1}, r.Vectors.Cluster); diff != "" {
		t.Errorf("clusters (-want +got):\n%s", diff)
	}
}
