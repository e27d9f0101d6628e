// Package pace decides when a request to a rate limited API may start. It
// sends nothing itself, and so never sends anything twice.
//
// A request takes a [Place] in the line, waits there for its [Turn], and says
// with [Turn.Done] what came of it. From these answers the [Pacer] learns how
// fast the API lets it go. It is not told what kind of limit the API has:
//
//   - Where the answers carry X-RateLimit headers, what they say is left is what
//     may be sent ([budget]). Only when nothing is left does the kind of limit
//     matter: a bucket fills steadily, a window stays empty until it ends. One
//     request sent early tells which it is.
//   - Where they carry none, the pace that the API kept up between two of its
//     refusals is the pace to keep ([unannounced]).
//   - Refusals that depend on how many requests are under way at once lower
//     that number instead ([concurrency]).
//   - A wait that the API asks for holds back every request, whoever was told.
package pace
