# The same mathematics again, straight from its definition and without regard to speed or
# overflow; written independently of src/core.

# InfoNCE-anchor, log score, every sub-set of negatives.
reference_loss <- function(scores, nu, k = nrow(scores) - 1) {
  b <- nrow(scores)
  w1 <- k / (k + nu)
  w0 <- nu / (k + nu)
  losses <- sapply(seq_len(b), function(i) {
    cyclic <- (i + seq_len(b - 1) - 1) %% b + 1
    blocks <- split(cyclic[seq_len(k * ((b - 1) %/% k))], rep(seq_len((b - 1) %/% k), each = k))
    mean(sapply(blocks, function(block) {
      r <- exp(scores[i, block])
      pair <- exp(scores[i, i])
      as_pair <- mean(-log(pair / (nu + pair + sum(r) - r))) # the pair is in each one's place
      as_anchor <- if (nu > 0) -log(nu / (nu + sum(r))) else 0
      w1 * as_pair + w0 * as_anchor
    }))
  })
  mean(losses)
}

silu <- function(z) z / (1 + exp(-z))

# A network's output for rows `x`; `take(n)` hands out the next n parameters.
reference_network <- function(x, widths, outputs, activation, take) {
  sizes <- c(ncol(x), widths, outputs)
  for (l in seq_len(length(sizes) - 1)) {
    w <- matrix(take(sizes[l] * sizes[l + 1]), sizes[l], byrow = TRUE)
    x <- sweep(x %*% w, 2, take(sizes[l + 1]), "+")
    if (l < length(sizes) - 1) x <- activation(x)
  }
  x
}

taker <- function(theta) {
  used <- 0
  function(n) {
    out <- theta[used + seq_len(n)]
    used <<- used + n
    out
  }
}

# All scores of x's rows with y's rows under parameters theta, by the kind of critic.
reference_scores <- function(critic, theta, x, y) {
  take <- taker(theta)
  switch(critic$kind,
    bilinear = {
      w <- matrix(take(ncol(x) * ncol(y)), ncol(x), byrow = TRUE)
      term <- function(x) {
        a <- matrix(take(ncol(x)^2), ncol(x), byrow = TRUE)
        drop(rowSums((x %*% a) * x) + x %*% take(ncol(x))) + take(1)
      }
      u <- term(x)
      v <- term(y)
      x %*% w %*% t(y) + outer(u, v, "+")
    },
    separable = {
      e <- critic$embedding
      encode <- function(x) {
        network <- reference_network(x, critic$widths, e + 1, silu, take)
        network + x %*% matrix(take(ncol(x) * (e + 1)), ncol(x), byrow = TRUE)
      }
      g <- encode(x)
      h <- encode(y)
      g[, 1:e] %*% t(h[, 1:e]) + outer(g[, e + 1], h[, e + 1], "+")
    },
    joint = {
      pairs <- cbind(x[rep(seq_len(nrow(x)), nrow(y)), ],
                     y[rep(seq_len(nrow(y)), each = nrow(x)), ])
      matrix(reference_network(pairs, critic$widths, 1, silu, take), nrow(x))
    })
}

# `steps` steps of AdamW from theta, by numerical derivatives, and the running average.
reference_training <- function(loss, theta, steps, rate, decay, average) {
  m <- v <- mean <- 0 * theta
  for (t in seq_len(steps)) {
    gradient <- vapply(seq_along(theta), function(i) {
      h <- replace(0 * theta, i, 1e-5)
      (loss(theta + h) - loss(theta - h)) / 2e-5
    }, 1)
    m <- 0.9 * m + 0.1 * gradient
    v <- 0.999 * v + 0.001 * gradient^2
    move <- (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8)
    theta <- theta * (1 - rate * decay) - rate * move
    keep <- min(average, (t - 1) / (t + 9))
    mean <- keep * mean + (1 - keep) * theta
  }
  mean
}
