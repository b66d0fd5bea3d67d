// Package stats owns the intervals, tests, corrections, sample sizes and drift
// statistics behind every number that a report shows. It imports nothing of this
// module and keeps no state: a source of randomness is passed in, and doubts
// about a figure come back as [Warning] values.
//
// # Which function answers which question
//
// How good is one design?
//
//	a rate, for reading                        Wilson
//	a rate of few events, for a gate           ClopperPearson, one-sided
//	a rate with sampling weights               WilsonWeighted
//	a rate over customers, threads, repeats    KornGraubard; for a gate BoundedRatio
//	a mean of independent values               MeanInterval
//	a mean score over clusters                 ClusterMean, ClusterMeanCR2
//	several trials per case                    RepeatedTrials, PassHatKMean, PassAtKMean
//	a mean cost or time, skewed                BootstrapMean; for a gate BoundedRatio
//	a ratio of sums                            BootstrapRatio
//	decisions by class                         Confusion: Classify, Kappa, Matthews
//	percentiles                                Quantiles
//	how long until something ends, cut short   KaplanMeier
//
// Is one design better than another on the same cases?
//
//	right or wrong, one trial                  NewcombePaired with McNemarMidP
//	scores, or means of repeats                SignFlip with BootstrapMean of the differences
//	clustered scores                           SignFlip of cluster sums, ClusterMean of differences
//	ratios with different denominators         BootstrapRatioDifference with SwapRatios; for a gate BoundedRatioDifference
//	many designs, metrics or segments          AdjustP: Holm to decide, BenjaminiHochberg to screen
//	looking before all cases are in            SequentialPairs, Betting, BettingInterval, Race
//
// How many cases are needed?
//
//	to tell two designs apart                  PairsConnor, FurtherPairs
//	to show 'not worse than'                   PairsForMargin
//	for a bound to clear a threshold           CasesToDecide, UnitsToBound, ZeroEventCases
//	for a rate to be known so well             CasesForPrecision, PrecisionOfCases
//	for a cutoff to earn its guarantee         MinAccepted, AcceptedNeeded
//
// Can its confidence be trusted?
//
//	calibration                                ReliabilityEqualMass, Brier, LogLoss
//	ranking                                    ROCAUC, NewRiskCoverage
//	a cutoff with a guarantee                  CountGrid, SelectThreshold
//
// Do cases come by chance alone?
//
//	days and hours                             PoissonDispersion, TableDispersion
//	gaps within hours                          TestUniformOrder
//
// Have fresh cases drifted?
//
//	numeric column                             KolmogorovSmirnov with WassersteinIQR
//	categories                                 ChiSquaredHomogeneity or ChiSquaredExact with JensenShannon
//	a rate                                     NewcombeUnpaired with FisherExact
//	text, by a classifier                      MannWhitney of its scores on held-out cases
//	balanced classes, embeddings               ClassifierTwoSample, MMDMonteCarlo
//	accuracy without labels                    ConfidenceBasedAccuracy
//
// # Conventions
//
// Levels are confidence levels such as 0.95; alpha is an error rate such as
// 0.05. Rates lie in 0..1. Weights are sampling weights, nil for equal ones.
// Cases are counted as they stream by: Pairs, Confusion and Moments take one at a
// time, and Moments merge.
//
// No cases give the vacuous interval and no estimate. One cluster gives no
// standard error. No discordant pair gives p = 1. NaN is refused. What is not
// estimable is a [Number] that is not Valid, never 0 or NaN. A refused input is
// an [Error] with a [Code].
package stats
