package stats

import (
	"math"
	"sort"
)

// functions holds, by the name that the reference files use, how this package
// computes each of their functions.
var functions = map[string]func(input) (any, error){
	"wilson_interval": func(in input) (any, error) {
		return intervalObject(Wilson(in.int("successes"), in.int("n"), in.float("level"), in.side()))
	},
	"clopper_pearson_interval": func(in input) (any, error) {
		return intervalObject(ClopperPearson(in.int("successes"), in.int("n"), in.float("level"), in.side()))
	},
	"newcombe_paired_difference": func(in input) (any, error) {
		return intervalObject(NewcombePaired(in.pairs(), in.float("level")))
	},
	"tango_paired_difference": func(in input) (any, error) {
		return intervalObject(Tango(in.pairs(), in.float("level")))
	},
	"newcombe_unpaired_difference": func(in input) (any, error) {
		return intervalObject(NewcombeUnpaired(in.int("x1"), in.int("n1"), in.int("x2"), in.int("n2"), in.float("level")))
	},
	"mcnemar_exact": func(in input) (any, error) {
		return under[float64]("p_value")(McNemarExact(in.int("only_a"), in.int("only_b")))
	},
	"mcnemar_midp": func(in input) (any, error) {
		return under[float64]("p_value")(McNemarMidP(in.int("only_a"), in.int("only_b")))
	},
	"mcnemar_chi2": func(in input) (any, error) {
		x, p, err := McNemarChiSquared(in.int("only_a"), in.int("only_b"), in.bool("continuity_correction"))
		return object{"statistic": x, "p_value": p}, err
	},
	"paired_permutation_exact": func(in input) (any, error) {
		r, err := SignFlipExact(in.floats("differences"), in.alternative())
		return object{"statistic": r.Statistic, "p_value": r.PValue, "n_permutations": r.Permutations}, err
	},
	"permutation_mc_p_value": func(in input) (any, error) {
		return object{"p_value": MonteCarloP(in.int("as_or_more_extreme"), in.int("resamples"))}, nil
	},
	"cluster_mean": func(in input) (any, error) {
		clusters, err := in.clusters()
		if err != nil {
			return nil, err
		}
		e, err := ClusterMean(clusters, in.float("level"))
		return object{"mean": e.Estimate, "n": e.N, "clusters": e.Clusters, "se_clt": e.SECLT, "se_miller": e.SEMiller,
			"se_cr0": e.SECR0, "se_cr1": e.SECR1, "df": e.DF, "lower": unbounded(e.Lower), "upper": unbounded(e.Upper)}, err
	},
	"cluster_mean_cr2": func(in input) (any, error) {
		clusters, err := in.clusters()
		if err != nil {
			return nil, err
		}
		e, err := ClusterMeanCR2(clusters, in.float("level"))
		return object{"mean": e.Estimate, "se_cr2": e.SECR2, "df_satterthwaite": e.DF,
			"lower": unbounded(e.Lower), "upper": unbounded(e.Upper)}, err
	},
	"cluster_proportion_korn_graubard": func(in input) (any, error) {
		clusters, err := in.clusters()
		if err != nil {
			return nil, err
		}
		r, err := KornGraubard(clusters, in.float("level"), TwoSided)
		return object{"estimate": r.Estimate, "n_eff": r.EffectiveN, "lower": r.Lower, "upper": r.Upper}, err
	},
	"repeated_trials_mean": func(in input) (any, error) {
		var cases []Moments
		for _, trials := range in.matrix("trials") {
			m, err := MomentsOf(trials, nil)
			if err != nil {
				return nil, err
			}
			cases = append(cases, m)
		}
		e, err := RepeatedTrials(cases, in.float("level"))
		return object{"mean": e.Estimate, "se": e.SE, "within_var": e.WithinVar, "between_var_of_means": e.VarCaseMeans,
			"lower": unbounded(e.Lower), "upper": unbounded(e.Upper)}, err
	},
	"p_adjust": func(in input) (any, error) {
		var ps []Number
		for _, p := range in.floats("p_values") {
			if math.IsNaN(p) {
				ps = append(ps, Number{})
			} else {
				ps = append(ps, Num(p))
			}
		}
		method := pick(in, "method", map[string]Adjustment{"holm": Holm, "bh": BenjaminiHochberg, "by": BenjaminiYekutieli, "bonferroni": Bonferroni})
		adjusted, err := AdjustP(ps, method)
		// The files write a test that could not be made as NaN; here it is absent.
		out := make([]float64, len(adjusted))
		for i, p := range adjusted {
			out[i] = p.Or(math.NaN())
		}
		return object{"adjusted": out}, err
	},
	"classification_metrics": func(in input) (any, error) {
		c, err := in.confusion()
		if err != nil {
			return nil, err
		}
		r := c.Classify()
		var precision, recall, f1 []Number
		var support []float64
		var noPrecision, noRecall []bool
		for _, s := range r.Classes {
			precision, recall, f1 = append(precision, s.Precision), append(recall, s.Recall), append(f1, s.F1)
			support = append(support, s.Support)
			noPrecision, noRecall = append(noPrecision, s.PrecisionUndefined), append(noRecall, s.RecallUndefined)
		}
		prf := func(p PRF) object { return object{"precision": p.Precision, "recall": p.Recall, "f1": p.F1} }
		return object{"accuracy": r.Accuracy, "confusion": c.Counts, "precision": precision, "recall": recall, "f1": f1, "support": support,
			"precision_undefined": noPrecision, "recall_undefined": noRecall,
			"macro": prf(r.Macro), "micro": prf(r.Micro), "weighted": prf(r.Weighted)}, nil
	},
	"cohen_kappa": func(in input) (any, error) {
		c, err := in.confusion()
		if err != nil {
			return nil, err
		}
		weights := Nominal
		switch in["weights"] {
		case "linear":
			weights = Linear
		case "quadratic":
			weights = Quadratic
		}
		return object{"kappa": c.Kappa(weights)}, nil
	},
	"matthews_corrcoef": func(in input) (any, error) {
		c, err := in.confusion()
		if err != nil {
			return nil, err
		}
		return object{"mcc": c.Matthews()}, nil
	},
	"brier_binary": func(in input) (any, error) {
		return under[Number]("brier")(Brier(in.floats("probabilities"), in.truths("outcomes"), nil))
	},
	"brier_multiclass": func(in input) (any, error) {
		return under[Number]("brier")(BrierMulticlass(in.matrix("probabilities"), in.ints("true_index"), nil))
	},
	"log_loss_binary": func(in input) (any, error) {
		return under[Number]("log_loss")(LogLoss(in.floats("probabilities"), in.truths("outcomes"), nil, in.float("eps")))
	},
	"log_loss_multiclass": func(in input) (any, error) {
		return under[Number]("log_loss")(LogLossMulticlass(in.matrix("probabilities"), in.ints("true_index"), nil, in.float("eps")))
	},
	"ece_equal_width": func(in input) (any, error) {
		return reliabilityObject(ReliabilityEqualWidth(in.floats("confidences"), in.truths("correct"), nil, in.int("bins")))
	},
	"ece_equal_mass": func(in input) (any, error) {
		return reliabilityObject(ReliabilityEqualMass(in.floats("confidences"), in.truths("correct"), nil, in.int("bins")))
	},
	"roc_auc": func(in input) (any, error) {
		return under[Number]("auc")(ROCAUC(in.floats("scores"), in.truths("outcomes"), nil))
	},
	"risk_coverage": func(in input) (any, error) {
		r, err := NewRiskCoverage(in.floats("confidences"), in.truths("correct"), nil)
		curve := []object{}
		for _, p := range r.Curve {
			curve = append(curve, object{"threshold": p.Threshold, "coverage": p.Coverage, "risk": p.Risk, "accepted": p.Accepted, "errors": p.Errors})
		}
		return object{"error_rate": r.ErrorRate, "aurc": r.AURC, "aurc_oracle": r.AURCOracle, "eaurc": r.EAURC,
			"eaurc_asymptotic": r.EAURCAsymptotic, "augrc": r.AUGRC, "curve": curve}, err
	},
	"pass_at_k": func(in input) (any, error) {
		return under[float64]("value")(PassAtK(in.int("n"), in.int("c"), in.int("k")))
	},
	"pass_hat_k": func(in input) (any, error) {
		return under[float64]("value")(PassHatK(in.int("n"), in.int("c"), in.int("k")))
	},
	"pass_at_k_mean": func(in input) (any, error) {
		return under[Number]("value")(PassAtKMean(in.tallies(), in.int("k")))
	},
	"pass_hat_k_mean": func(in input) (any, error) {
		return under[Number]("value")(PassHatKMean(in.tallies(), in.int("k")))
	},
	"mcnemar_sample_size_connor": func(in input) (any, error) {
		return sizeObject(PairsConnor(in.discordance(), in.float("alpha"), in.float("power")))
	},
	"mcnemar_sample_size_miettinen": func(in input) (any, error) {
		return sizeObject(PairsMiettinen(in.discordance(), in.float("alpha"), in.float("power")))
	},
	"mcnemar_power_normal": func(in input) (any, error) {
		return under[float64]("power")(McNemarPowerNormal(in.int("n"), in.discordance(), in.float("alpha")))
	},
	"mcnemar_power_exact": func(in input) (any, error) {
		test := pick(in, "test", map[string]McNemarTest{"midp": MidP, "exact": Exact})
		return under[float64]("power")(McNemarPowerExact(in.int("n"), in.discordance(), in.float("alpha"), test))
	},
	"one_proportion_sample_size_normal": func(in input) (any, error) {
		return sizeObject(OneProportion(in.float("p0"), in.float("p1"), in.float("alpha"), in.float("power"), in.int("sides")))
	},
	"one_proportion_sample_size_arcsine": func(in input) (any, error) {
		return sizeObject(OneProportionArcsine(in.float("p0"), in.float("p1"), in.float("alpha"), in.float("power")))
	},
	"one_proportion_power_exact": func(in input) (any, error) {
		p, err := OneProportionPower(in.int("n"), in.float("p0"), in.float("p1"), in.float("alpha"), in.alternative())
		critical := Number{float64(p.Critical), p.Possible}
		return object{"critical_value": critical, "power": p.Power, "size": p.Size}, err
	},
	"two_proportion_sample_size": func(in input) (any, error) {
		return sizeObject(TwoProportions(in.float("p1"), in.float("p2"), in.float("alpha"), in.float("power")))
	},
	"zero_event_sample_size": func(in input) (any, error) {
		return under[int]("n")(ZeroEventCases(in.float("max_rate"), in.float("level")))
	},
	"ks_two_sample": func(in input) (any, error) {
		r, err := KolmogorovSmirnov(in.floats("x"), in.floats("y"))
		return object{"d": r.D, "p_exact": r.PExact, "p_asymptotic": r.PAsymptotic}, err
	},
	"chi2_homogeneity": func(in input) (any, error) {
		r, err := ChiSquaredHomogeneity(in.table(), in.bool("yates"))
		return object{"statistic": r.Statistic, "df": r.DF, "p_value": r.PValue, "min_expected": r.MinExpected}, err
	},
	"fisher_exact_2xk": func(in input) (any, error) {
		r, err := FisherExact(in.table())
		return object{"p_value": r.PValue}, err
	},
	"chi2_permutation_exact": func(in input) (any, error) {
		r, err := ChiSquaredExact(in.table())
		return object{"statistic": r.Statistic, "p_value": r.PValue}, err
	},
	"psi_counts": func(in input) (any, error) {
		return under[Number]("psi")(PSI(in.ints("baseline_counts"), in.ints("fresh_counts"), in.zeroMethod()))
	},
	"psi_values": func(in input) (any, error) {
		base, fresh, psi, err := PSIValues(in.floats("baseline"), in.floats("fresh"), in.floats("edges"), in.zeroMethod())
		return object{"base_counts": base, "fresh_counts": fresh, "psi": psi}, err
	},
	"psi_threshold": func(in input) (any, error) {
		return under[float64]("threshold")(PSIThreshold(in.int("n_baseline"), in.int("n_fresh"), in.int("bins"), in.float("alpha")))
	},
	"jensen_shannon_distance": func(in input) (any, error) {
		base := pick(in, "base", map[string]LogBase{"2": Base2, "e": BaseE})
		return under[Number]("distance")(JensenShannon(in.floats("p"), in.floats("q"), base))
	},
	"wasserstein_1": func(in input) (any, error) {
		return under[Number]("distance")(Wasserstein(in.floats("x"), in.floats("y")))
	},
	"hoeffding_bentkus_p_value": func(in input) (any, error) {
		p, err := HoeffdingBentkus(in.float("sum_of_losses"), in.int("n"), in.float("alpha"))
		return object{"hoeffding": p.Hoeffding, "bentkus": p.Bentkus, "p_value": p.PValue}, err
	},
	"binomial_risk_p_value": func(in input) (any, error) {
		return under[float64]("p_value")(RiskPValue(in.int("errors"), in.int("n"), in.float("alpha")))
	},
	"select_threshold_ltt": func(in input) (any, error) {
		points, err := CountGrid(in.floats("confidences"), in.truths("correct"), in.floats("grid"))
		if err != nil {
			return nil, err
		}
		method := pick(in, "method", map[string]Selection{"bonferroni": BonferroniGrid, "holm": HolmGrid, "fixed_sequence": FromTheTop})
		c, err := SelectThreshold(points, in.float("alpha"), in.float("delta"), method)
		return object{"p_values": c.PValues, "threshold": c.Threshold, "accepted": c.Accepted, "errors": c.Errors}, err
	},
	"conformal_risk_threshold": func(in input) (any, error) {
		confidences := in.floats("confidences")
		points, err := CountGrid(confidences, in.truths("correct"), in.floats("grid"))
		if err != nil {
			return nil, err
		}
		return under[Number]("threshold")(ConformalRiskThreshold(points, len(confidences), in.float("alpha")))
	},
	"betting_hedged_wealth": func(in input) (any, error) {
		b, err := NewBetting(in.float("alpha"), in.float("truncation"))
		if err != nil {
			return nil, err
		}
		for _, d := range in.floats("differences") {
			if err := b.Add(d); err != nil {
				return nil, err
			}
		}
		positive, negative, hedged, most := b.Wealth()
		return object{"wealth_positive": positive, "wealth_negative": negative, "hedged": hedged, "max_hedged": most, "stop_at": b.StopAt()}, nil
	},
	"discordant_mixture_e_value": func(in input) (any, error) {
		e, err := DiscordantEValue(in.int("only_a"), in.int("only_b"), in.float("a0"))
		return object{"e_value": e.E(), "anytime_p": e.AnytimeP}, err
	},
	"discordant_one_sided_e_value": func(in input) (any, error) {
		e, err := OneSidedEValue(in.int("wins"), in.int("losses"))
		return object{"e_value": e.E(), "anytime_p": e.AnytimeP}, err
	},
	"cbpe_accuracy": func(in input) (any, error) {
		confidences := in.floats("confidences")
		r, err := ConfidenceBasedAccuracy(confidences, in.float("level"))
		if len(confidences) == 0 {
			// The files leave the ends out where this package gives [0, 1].
			return object{"estimate": r.Estimate, "se": r.SE, "lower": nil, "upper": nil}, err
		}
		return object{"estimate": r.Estimate, "se": r.SE, "lower": r.Lower, "upper": r.Upper}, err
	},
	"mmd2_rbf_permutation_exact": func(in input) (any, error) {
		r, err := MMDExact(in.matrix("x"), in.matrix("y"), in.float("gamma"))
		return object{"mmd2_unbiased": r.MMD2, "p_value": r.PValue, "n_permutations": r.Permutations}, err
	},
	"c2st_p_value": func(in input) (any, error) {
		return under[float64]("p_value")(ClassifierTwoSample(in.int("correct"), in.int("n")))
	},
	"paired_bootstrap_given_indices": func(in input) (any, error) {
		differences := in.floats("a")
		for i, b := range in.floats("b") {
			differences[i] -= b
		}
		observed, err := MomentsOf(differences, nil)
		if err != nil {
			return nil, err
		}
		var means []float64
		for _, resample := range in.matrix("indices") {
			var m Moments
			for _, i := range resample {
				m.Add(differences[int(i)])
			}
			means = append(means, m.Mean)
		}
		sort.Float64s(means)
		tail := TwoSided.tail(in.float("level"))
		lower, upper, se := replicateInterval(means, tail, 1-tail)
		return object{"estimate": observed.Mean, "lower": lower, "upper": upper, "bootstrap_se": se}, nil
	},
	"quantile_type7": func(in input) (any, error) {
		q, err := Quantiles(in.floats("values"), in.floats("probs"))
		if CodeOf(err) == NaNInput {
			// The files let NaN through, as numpy does; here it is refused, as R does.
			return object{"values": []float64{math.NaN()}}, nil
		}
		return object{"values": q}, err
	},
}

func (in input) tallies() []Tally {
	return list(in["tasks"], func(x any) Tally {
		t := input(x.(map[string]any))
		return Tally{Trials: t.int("n"), Successes: t.int("c")}
	})
}

func reliabilityObject(r Reliability, err error) (any, error) {
	bins := []object{}
	for _, b := range r.Bins {
		bins = append(bins, object{"index": b.Index, "count": b.Count, "mean_confidence": b.MeanConfidence, "accuracy": b.Accuracy})
	}
	return object{"ece": r.ECE, "mce": r.MCE, "mean_gap": r.MeanGap, "bins": bins}, err
}

func (in input) discordance() Discordance {
	return Discordance{OnlyA: in.float("p10"), OnlyB: in.float("p01")}
}

func (in input) table() [][]int {
	return list(in["table"], func(row any) []int {
		return list(row, func(x any) int { return int(number(x)) })
	})
}

func (in input) zeroMethod() ZeroMethod {
	return pick(in, "zero_method", map[string]ZeroMethod{"epsilon": Epsilon, "add_half": AddHalf})
}

func sizeObject(s SampleSize, err error) (any, error) {
	return object{"n_exact": s.Exact, "n": s.N}, err
}
