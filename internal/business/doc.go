// Package business makes the case for a change in hours and money: what designs
// cost a year, what a candidate saves over the baseline, when it has paid back,
// and which assumption drives that.
//
//  1. Keys.Terms reads what only the user knows: what it costs to build and to
//     run, wages, how soon it works, how money is discounted.
//  2. A Sample takes the replayed cases, each under every design.
//  3. Make puts both together. Every assumption is listed with its range and
//     where it came from, and every figure is a range over draws of all of them.
package business
