package des

// A What names one kind of transition of a visit or a server.
type What uint8

const (
	Arrived What = iota
	Started
	Interrupted
	Resumed
	Done
	GaveUp
	TurnedAway
	ShiftOn
	ShiftOff
)

var whatNames = [...]string{"arrived", "started", "interrupted", "resumed", "done", "gave up", "turned away", "shift on", "shift off"}

func (w What) String() string { return whatNames[w] }

// A Transition is one line of an event trace.
type Transition struct {
	Time   float64
	What   What
	Pool   int
	Server int   // -1: none
	Case   int64 // -1 for shift changes
	Class  int
}

// Trace has f called at every transition; nil ends that.
func (s *Sim) Trace(f func(Transition)) { s.trace = f }

// note passes a transition on; v is nil for shift changes.
func (s *Sim) note(w What, poolIndex int32, v *Visit, serverIndex int32) {
	if s.trace != nil {
		s.tell(w, poolIndex, v, serverIndex)
	}
}

func (s *Sim) tell(w What, poolIndex int32, v *Visit, serverIndex int32) {
	t := Transition{Time: s.now, What: w, Pool: int(poolIndex), Server: int(serverIndex), Case: -1}
	if v != nil {
		t.Case, t.Class = v.Case, v.Class
	}
	s.trace(t)
}
