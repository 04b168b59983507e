# What networks have not learnt yet, by what they learnt from most of their rows.

# Half of the optimism is what a classical model errs by, whose error falls like 1/n. That of a
# network which follows edges or steps falls more slowly, and is there without any optimism: it puts
# them a little outside of the data, of all data alike. So those that have a share in the stack are
# fitted again to an eighth of the rows. Where what they lack falls like 1/sqrt(n), they lack as
# much as this share of what they gained.
GAIN_SHARE <- 1 / (sqrt(8) - 1)
LEAST_SHARE <- 0.1 # of networks' weights

# Of fewer rows in an eighth a network may learn nothing at all, and the gap says enough.
LEAST_EIGHTH <- 500

# Of one fold's critic, nats. All of it is error.
learning_curve <- function(trained, x, y, task, objective, control, progress) {
  of_stack(trained, x, y, function(stack, x, y) {
    lacking <- still_lacking(stack, x, y, task, objective, control, progress)
    c(lacking = lacking, lacking_error = lacking)
  }, otherwise = c(lacking = 0, lacking_error = 0), errors = "lacking_error")
}

# Of a stack, by as much as networks are of it, and as its choosing rows have it. 0 where closed
# forms do as well as all parts together, but for what weights gain by chance (which the stack's own
# score is without); and where rows are grouped, of which an eighth is none of the groups.
still_lacking <- function(stack, x, y, task, objective, control, progress = NULL) {
  train <- head_rows(task$train, MOST_TRAINING)
  eighth <- head_rows(train, length(train) %/% 8)
  turn <- stack$turns[[1]]
  networks <- stack$weights[vapply(turn$members, `[[`, "", "name")]
  if (length(eighth) < LEAST_EIGHTH || !is.null(task$apart) || sum(networks) == 0) return(0)

  rows <- c(eighth, choosers(task))
  trains <- seq_along(eighth)
  chooses <- length(eighth) + seq_along(choosers(task))
  zx <- scores_apply(turn$scores_x, x[rows, , drop = FALSE])
  zy <- scores_apply(turn$scores_y, y[rows, , drop = FALSE])
  weighed <- function(forms, members) {
    parts <- turn_parts(list(forms = turn$forms, members = members), zx, zy, chooses,
                        control$threads, forms)
    weigh(parts[setdiff(names(parts), "independence")], control$threads)
  }
  brought <- weighed(turn$forms, list())$score - stack$score
  if (brought * length(chooses) < LEAST_BROUGHT) return(0)

  count <- networks >= LEAST_SHARE * sum(networks)
  used <- Filter(function(m) count[[m$name]], turn$members)
  untrained <- lapply(used, `[`, c("name", "view_x", "view_y"))
  again <- train_members(untrained, zx, zy, turn$forms,
                         list(train = trains, valid = chooses, seed = task$seed), objective,
                         control, progress)
  found <- function(members) mean_pairs(list(weighed(list(), members)$sum), c(1, 0))
  min(1, sum(networks)) * GAIN_SHARE * (found(used) - found(again))
}
