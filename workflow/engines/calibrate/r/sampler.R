# Hamiltonian Monte Carlo with all chains in step: one vectorised gradient serves them all.
# Step size and number of leapfrog steps are common to the chains; each coordinate has its scale.
# Neal 2011, MCMC using Hamiltonian dynamics; dual averaging: Hoffman and Gelman 2014.
#
# A state is list(x, gradient, p, energy) at a point of a model (model.R); after a transition it
# has acceptance and diverged of each chain too.

.divergent <- 1000 # error in energy that Stan calls a divergence

# Leapfrog steps of a transition are drawn anew, so that no orbit resonates, up to this many: where
# coordinates vary by about 1, a path of length 4 goes from one end of them to the other.
.longest_path <- function(step, most) min(most, max(8, ceiling(4 / step)))

# Where chains start: list(state, scale, step).
start_chains <- function(model) {
  x <- model$start()
  list(state = .state(model, x, model$evaluate(x)), scale = model$free, step = 0.05)
}

# The same with state, scale and step to sample with; progress(phase) is called after each iteration.
warm_up <- function(model, tuned, iterations, progress) {
  state <- tuned$state
  scale <- tuned$scale
  tuning <- .new_tuning(tuned$step)
  moments <- NULL
  updates <- floor(c(0.3, 0.5, 0.75) * iterations)
  for (iteration in seq_len(iterations)) {
    state <- .transition(model, state, scale, exp(tuning$log_step), 32)
    tuning <- .tune(tuning, mean(state$acceptance))
    if (iteration > 0.15 * iterations) moments <- .add_moments(moments, state$x)
    if (iteration %in% updates && !is.null(moments)) {
      scale <- .scales(moments, model)
      moments <- NULL
      tuning <- .new_tuning(min(exp(tuning$log_mean), 0.3))
    }
    progress("warmup")
  }
  list(state = state, step = exp(tuning$log_mean), scale = scale)
}

# list(p = (causes and chains) x iterations, divergences, acceptance, tuned = to go on from there).
sample_chains <- function(model, tuned, iterations, progress) {
  p <- matrix(0, model$causes * model$chains, iterations)
  divergences <- 0
  acceptance <- 0
  for (iteration in seq_len(iterations)) {
    tuned$state <- .transition(model, tuned$state, tuned$scale, tuned$step, 256)
    p[, iteration] <- tuned$state$p
    divergences <- divergences + sum(tuned$state$diverged)
    acceptance <- acceptance + mean(tuned$state$acceptance) / iterations
    progress("sampling")
  }
  list(p = p, divergences = divergences, acceptance = acceptance, tuned = tuned)
}

.state <- function(model, x, at) {
  list(x = x, gradient = at$gradient, p = at$p, energy = -model$log_posterior(x, at))
}

.transition <- function(model, state, scale, step, most_steps) {
  momenta <- lapply(state$x, function(block) stats::rnorm(length(block)))
  steps <- sample.int(.longest_path(step, most_steps), 1)
  end <- .leapfrog(model, state, momenta, lapply(scale, `*`, step), steps)
  before <- state$energy + .kinetic(model, momenta)
  error <- end$state$energy + .kinetic(model, end$momenta) - before
  error[!is.finite(error)] <- Inf
  acceptance <- pmin(1, exp(-error))
  state <- .move(state, end$state, stats::runif(model$chains) < acceptance, model$causes)
  state$acceptance <- acceptance
  state$diverged <- error > .divergent
  state
}

.leapfrog <- function(model, state, momenta, scale, steps) {
  x <- state$x
  gradient <- state$gradient
  blocks <- seq_along(x)
  for (b in blocks) momenta[[b]] <- momenta[[b]] + 0.5 * scale[[b]] * gradient[[b]]
  for (taken in seq_len(steps)) {
    for (b in blocks) x[[b]] <- x[[b]] + scale[[b]] * momenta[[b]]
    at <- model$evaluate(x)
    if (taken == steps) scale <- lapply(scale, `*`, 0.5)
    for (b in blocks) momenta[[b]] <- momenta[[b]] + scale[[b]] * at$gradient[[b]]
  }
  list(state = .state(model, x, at), momenta = momenta)
}

.kinetic <- function(model, momenta) {
  of_block <- function(block) {
    rest <- length(block) / model$causes
    .rowSums(.colSums(block^2, model$causes, rest), model$chains, rest / model$chains)
  }
  0.5 * Reduce(`+`, lapply(momenta, of_block))
}

# The end of the path for the chains that took it. Vectors are [cause, chain, ...], and a logical
# index of causes and chains recycles over the rest.
.move <- function(state, end, taken, causes) {
  if (all(taken)) return(end)
  left <- !rep(taken, each = causes)
  for (b in seq_along(end$x)) {
    end$x[[b]][left] <- state$x[[b]][left]
    end$gradient[[b]][left] <- state$gradient[[b]][left]
  }
  end$p[left] <- state$p[left]
  end$energy[!taken] <- state$energy[!taken]
  end
}

# Step size: dual averaging towards a mean acceptance of 0.8, all chains together.
.new_tuning <- function(step) {
  list(start = log(10 * step), log_step = log(step), log_mean = 0, error = 0, count = 0)
}

.tune <- function(tuning, acceptance) {
  count <- tuning$count + 1
  tuning$error <- (1 - 1 / (count + 10)) * tuning$error + (0.8 - acceptance) / (count + 10)
  tuning$log_step <- tuning$start - sqrt(count) / 0.05 * tuning$error
  weight <- count^-0.75
  tuning$log_mean <- weight * tuning$log_step + (1 - weight) * tuning$log_mean
  tuning$count <- count
  tuning
}

# Sums over iterations from which the scales come.
.add_moments <- function(moments, x) {
  if (is.null(moments)) moments <- list(count = 0, sum = lapply(x, `*`, 0), square = lapply(x, `*`, 0))
  list(
    count = moments$count + 1,
    sum = Map(`+`, moments$sum, x),
    square = Map(function(total, block) total + block^2, moments$square, x)
  )
}

# Standard deviation of each coordinate over chains and iterations, 0 where it is a constant, and
# not above that of an exponential variable's logarithm: the logarithm of a gamma variable of small
# shape has a longer tail than that, but before it a wall as steep, which longer steps run into.
.scales <- function(moments, model) {
  Map(function(sum, square, free) {
    mean <- .over_chains(sum, model) / moments$count
    variance <- .over_chains(square, model) / moments$count - mean^2
    free * sqrt(pmin(pmax(variance, 1e-6), pi^2 / 6))
  }, moments$sum, moments$square, model$free)
}

.over_chains <- function(total, model) {
  rest <- length(total) / (model$causes * model$chains)
  pooled <- apply(array(total, c(model$causes, model$chains, rest)), c(1, 3), mean)
  as.vector(aperm(array(pooled, c(model$causes, rest, model$chains)), c(1, 3, 2)))
}
