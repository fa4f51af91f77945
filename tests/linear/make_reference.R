# R limma's answers for tests/linear: Rscript tests/linear/make_reference.R tests/linear/data [../shared/data]
# Simulated sets with all answers, and for real sets (if their folder is given) those for some genes.
# Debian's r-bioc-limma 3.54.1, r-bioc-edger 3.40.2, r-cran-statmod 1.5.0.
suppressMessages({ library(limma); library(edgeR); library(statmod) })
options(digits = 17, warn = -1)
arguments <- commandArgs(TRUE)
out <- arguments[1]
dir.create(out, FALSE, TRUE)

gather <- new.env()
add <- function(file, case, table) {
  table <- cbind(case = case, as.data.frame(table, check.names = FALSE))
  gather[[file]] <- c(gather[[file]], list(table))
}
finish <- function(prefix) {
  for (file in ls(gather)) {
    parts <- gather[[file]]
    columns <- unique(unlist(lapply(parts, names)))
    parts <- lapply(parts, function(part) { part[setdiff(columns, names(part))] <- NA; part[columns] })
    # What is given to both keeps all its digits, answers keep more than the tests compare.
    if (file == "genes") parts <- lapply(parts, function(part) { number <- sapply(part, is.numeric); part[number] <- lapply(part[number], signif, 12); part })
    con <- gzfile(file.path(out, paste0(prefix, file, ".tsv.gz")), "w")
    write.table(do.call(rbind, parts), con, sep = "\t", quote = FALSE, row.names = FALSE, na = "")
    close(con)
  }
  rm(list = ls(gather), envir = gather)
}
matrix_of <- function(m) data.frame(gene = rownames(m), m, check.names = FALSE)
of_voom <- function(v) matrix_of(`dimnames<-`(signif(v$weights, 12), dimnames(v$E)))
number <- function(case, ...) { v <- c(...); add("numbers", case, data.frame(key = names(v), value = unname(v))) }

# The last coefficient of a fit, and the F test of all but the intercept.
answers <- function(fit, chosen = seq_len(nrow(fit))) {
  k <- ncol(fit$coefficients)
  table <- data.frame(
    gene = rownames(fit$coefficients), log2_fc = fit$coefficients[, k],
    lfc_se = sqrt(fit$s2.post) * fit$stdev.unscaled[, k], stat = fit$t[, k], p_value = fit$p.value[, k],
    df = fit$df.total, residual_df = fit$df.residual, residual_sd = fit$sigma, mean_expression = fit$Amean,
    prior_variance = fit$s2.prior, variance = fit$s2.post, prior_freedom = fit$df.prior
  )
  table[chosen, ]
}
with_f <- function(fit, chosen = seq_len(nrow(fit))) {
  joint <- fit[, -1]
  joint <- eBayes(joint, trend = length(fit$s2.prior) > 1)
  cbind(answers(fit, chosen), f_stat = joint$F[chosen], f_p_value = joint$F.p.value[chosen])
}
# F from residual sums of squares of two weighted fits, where limma's own is approximate.
exact_f <- function(e, w, full, reduced, variance) {
  rss <- function(g, x) { ok <- !is.na(e[g, ]); sum(w[g, ok] * lm.wfit(x[ok, , drop = FALSE], e[g, ok], w[g, ok])$residuals^2) }
  k <- ncol(full) - ncol(reduced)
  sapply(seq_len(nrow(e)), function(g) (rss(g, reduced) - rss(g, full)) / k / variance[g])
}

set.seed(20041)
genes <- 160; n <- 12
group <- factor(rep(c("a", "b", "c"), each = 4)); batch <- factor(rep(1:2, 6)); block <- rep(1:6, 2)
design <- model.matrix(~ batch + group)
colnames(design) <- c("Intercept", "batch2", "b", "c")
depth <- c(1, 2, .5, 1, 3, 1, .7, 1, 1, .4, 1.5, 1)
mu <- outer(exp(rnorm(genes, 3.5, 1.6)), depth) * 2^outer(rnorm(genes) * .7, as.numeric(group == "c"))
counts <- matrix(rnbinom(genes * n, mu = mu, size = 1 / (.2 * 3 / rchisq(genes, 3) + .5 / mu)), genes)
counts[1:3, ] <- 0
dimnames(counts) <- list(sprintf("g%03d", 1:genes), sprintf("s%02d", 1:n))
rownames(design) <- colnames(counts)
add("counts", "counts", matrix_of(counts))
add("design", "design", data.frame(sample = rownames(design), design, block = block))
lib <- colSums(counts) * calcNormFactors(counts)
add("samples", "library_sizes", data.frame(sample = colnames(counts), value = lib))

v <- voom(counts, design)
add("expression", "voom", matrix_of(v$E)); add("weights", "voom", of_voom(v))
fit <- eBayes(lmFit(v, design))
add("genes", "voom", cbind(answers(fit), f_stat = exact_f(v$E, v$weights, design, design[, 1:2], fit$s2.post)))
# c minus b as a coefficient of its own, so that limma's error is that of the contrast
other <- design; other[, "b"] <- design[, "b"] + design[, "c"]
add("genes", "voom_c_minus_b", answers(eBayes(lmFit(v, other))))
v <- voom(counts, design, lib.size = lib, span = .3)
add("weights", "voom_library", of_voom(v))
add("genes", "voom_trend", answers(eBayes(lmFit(v, design), trend = TRUE)))
half <- seq(.5, 2, length.out = n)
v <- voom(counts, design, lib.size = lib, weights = half)
add("weights", "voom_sample_weights", of_voom(v))
v <- voom(counts, design, lib.size = lib, block = block, correlation = .3)
add("weights", "voom_block", of_voom(v))
d <- duplicateCorrelation(v, design, block = block)
number("voom_block", consensus = d$consensus.correlation)
add("genes", "voom_block_correlation", data.frame(gene = rownames(counts), stat = tanh(d$atanh.correlations)))
add("genes", "voom_block", answers(eBayes(lmFit(v, design, block = block, correlation = d$consensus.correlation))))
for (method in c("genebygene", "reml")) {
  v <- voomWithQualityWeights(counts, design, lib.size = lib, method = method)
  add("weights", paste0("quality_", method), of_voom(v))
  add("samples", paste0("quality_", method), data.frame(sample = colnames(counts), value = v$targets$sample.weights))
}

# Values as of arrays: unequal samples, correlated blocks, missing values, weights.
spread <- exp(seq(-.5, .5, length.out = n))
level <- rnorm(genes, 8, 2)
e <- level + matrix(rnorm(genes * n), genes) * outer(exp(-level / 8) * sqrt(6 / rchisq(genes, 6)), spread) +
  .4 * matrix(rnorm(genes * 6), genes)[, block]
dimnames(e) <- dimnames(counts)
missing <- e
missing[sample(genes * n, 160)] <- NA
missing[1, ] <- NA; missing[2, -(1:4)] <- NA; missing[3, 1:4] <- NA; missing[4, -c(1, 2, 5, 9)] <- NA; missing[5, 1:8] <- NA
w <- matrix(rexp(genes * n) + .1, genes, dimnames = dimnames(e))
zero <- w; zero[sample(genes * n, 60)] <- 0
add("expression", "arrays", matrix_of(e)); add("expression", "missing", matrix_of(missing))
add("weights", "arrays", matrix_of(w)); add("weights", "zero", matrix_of(zero))
add("genes", "plain", with_f(eBayes(lmFit(e, design))))
plain <- lmFit(e, design)
add("genes", "plain_contrast", answers(eBayes(contrasts.fit(plain, c(0, .3, -1, 1)))))
add("genes", "trend", with_f(eBayes(plain, trend = TRUE)))
add("genes", "trend_covariate", answers(eBayes(plain, trend = e[, 1])))
add("genes", "array_weighted", with_f(eBayes(lmFit(e, design, weights = half))))
add("genes", "weighted", answers(eBayes(lmFit(e, design, weights = w))))
add("genes", "zero", answers(eBayes(lmFit(e, design, weights = zero))))
add("genes", "missing", answers(eBayes(lmFit(missing, design))))
add("genes", "missing_trend", answers(eBayes(lmFit(missing[-1, ], design), trend = TRUE)))
add("genes", "missing_weighted", answers(eBayes(lmFit(missing, design, weights = w))))
for (rho in c(.4, -.3)) {
  name <- if (rho > 0) "block" else "block_negative"
  add("genes", name, with_f(eBayes(lmFit(e, design, block = block, correlation = rho))))
}
add("genes", "block_missing_weighted", answers(eBayes(lmFit(missing, design, block = block, correlation = .4, weights = w))))
fit <- eBayes(plain, trend = TRUE)
beyond <- treat(plain, lfc = .4, trend = TRUE)
b <- fit$coefficients[, 4]; se <- sqrt(fit$s2.post) * fit$stdev.unscaled[, 4]; df <- fit$df.total
shift <- sapply(df, function(f) uniroot(function(k) pt(qt(.975, f), f, ncp = k, lower.tail = FALSE) - .8, c(1, 9), tol = 1e-13)$root)
add("genes", "margins", data.frame(
  gene = rownames(e), stat = beyond$t[, 4], p_value = beyond$p.value[, 4],
  within = pmax(pt((b + .4) / se, df, lower.tail = FALSE), pt((b - .4) / se, df)), detectable = shift * se
))
groups <- c(1, 2, 1, 2, 2, 1, 1, 1, 1, 2, 2, 1)
quality <- list(
  reml = arrayWeights(e, design), reml_long = arrayWeights(e, design, method = "reml", tol = 1e-26, maxiter = 500),
  gene_by_gene = arrayWeights(e, design, method = "genebygene"), weighted = arrayWeights(e, design, weights = w),
  weighted_reml = arrayWeights(e, design, weights = w, method = "reml"), missing = arrayWeights(missing, design),
  missing_reml = arrayWeights(missing, design, method = "reml"), groups = arrayWeights(e, design, var.group = groups),
  groups_gene_by_gene = arrayWeights(e, design, var.group = groups, method = "genebygene"),
  prior = arrayWeights(e, design, prior.n = 100)
)
for (name in names(quality)) add("samples", name, data.frame(sample = colnames(e), value = quality[[name]]))
uneven <- c(1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 5)
within <- list(even = list(e, block, NULL), uneven = list(e, uneven, NULL), missing = list(missing, uneven, NULL), weighted = list(missing, uneven, w))
for (name in names(within)) {
  d <- duplicateCorrelation(within[[name]][[1]], design[, 1:2], block = within[[name]][[2]], weights = within[[name]][[3]])
  number(paste0("correlation_", name), consensus = d$consensus.correlation)
  add("genes", paste0("correlation_", name), data.frame(gene = rownames(e), stat = tanh(d$atanh.correlations)))
}

squeeze <- function(case, v, d, covariate = NULL) {
  s <- squeezeVar(v, d, covariate = covariate); m <- length(v)
  add("squeeze", case, data.frame(variance = v, freedom = rep_len(d, m), covariate = if (is.null(covariate)) NA else covariate,
    posterior = rep_len(s$var.post, m), prior = rep_len(s$var.prior, m), prior_freedom = s$df.prior))
}
s2 <- rchisq(120, 4) / 4 * exp(rnorm(120) / 2); x <- rnorm(120); none <- c(rep(0, 5), rep(4, 115)); lacking <- c(rep(NA, 5), s2[-(1:5)])
squeeze("plain", s2, 4); squeeze("infinite", rchisq(120, 4) / 4, 4); squeeze("infinite_trend", rchisq(120, 4) / 4 * exp(x), 4, x)
squeeze("zeros", replace(s2, 1:7, 0), 4); squeeze("varied", s2, rep(c(2, 3, 4, 8, .5), 24)); squeeze("without", lacking, none)
squeeze("trend", s2 * exp(x), 4, x); squeeze("trend_without", lacking * exp(x), none, x); squeeze("ties", s2 * exp(round(x)), 4, round(x)); squeeze("constant", s2, 4, rep(1, 120))
for (m in c(1, 2, 3, 5, 6, 29, 30)) { squeeze(paste0("few_", m), s2[1:m], 4); squeeze(paste0("few_trend_", m), (s2 * exp(x))[1:m], 4, x[1:m]) }

smooth <- function(case, x, y, span) { l <- lowess(x, y, f = span); add("lowess", case, data.frame(x = x, y = y, sorted = l$x, fitted = l$y)) }
x <- c(rexp(250), 9); y <- sin(x) + rt(251, 2) / 5
smooth("many", x, y, .5); smooth("narrow", x, y, .05); smooth("ties", round(x, 1), y, .3); smooth("three", x[1:3], y[1:3], .5)
smooth("line", x[1:50], 2 * x[1:50], .5); smooth("level", rep(1, 20), y[1:20], .5)
finish("")

if (length(arguments) > 1) {
  sets <- list(
    airway = c("dex", "cell", "untrt"), ptc_paired = c("tissue", "patient", "normal"),
    bottomly = c("strain", "experiment_number", "C57BL/6J")
  )
  for (set in names(sets)) {
    folder <- file.path(arguments[2], set)
    counts <- as.matrix(read.delim(gzfile(file.path(folder, "counts.tsv.gz")), row.names = 1, check.names = FALSE))
    sheet <- read.delim(file.path(folder, "samples.tsv"), row.names = 1, colClasses = "character")
    tested <- relevel(factor(sheet[[sets[[set]][1]]]), sets[[set]][3]); block <- sheet[[sets[[set]][2]]]
    counts <- counts[rowSums(counts) >= 10 * ncol(counts), ]
    lib <- colSums(counts) * calcNormFactors(counts)
    add("samples", set, data.frame(sample = colnames(counts), key = "library_size", value = lib))
    chosen <- round(seq(1, nrow(counts), length.out = 40))
    paired <- model.matrix(~ block + tested)
    v <- voom(counts, paired, lib.size = lib)
    add("genes", paste0(set, "_voom"), answers(eBayes(lmFit(v, paired)), chosen))
    add("weights", set, data.frame(gene = rownames(counts)[chosen[1:10]], sample = rep(colnames(counts), each = 10),
      value = signif(as.vector(v$weights[chosen[1:10], ]), 17)))
    add("genes", paste0(set, "_trend"), with_f(eBayes(lmFit(v$E, paired), trend = TRUE), chosen))
    v <- voomWithQualityWeights(counts, paired, lib.size = lib)
    add("genes", paste0(set, "_quality"), answers(eBayes(lmFit(v, paired)), chosen))
    add("samples", set, data.frame(sample = colnames(counts), key = "quality", value = v$targets$sample.weights))
    add("samples", set, data.frame(sample = colnames(counts), key = "reml", value = arrayWeights(v$E, paired)))
    simple <- model.matrix(~tested)
    v <- voom(counts, simple, lib.size = lib)
    rho <- duplicateCorrelation(v, simple, block = block)$consensus.correlation
    v <- voom(counts, simple, lib.size = lib, block = block, correlation = rho)
    again <- duplicateCorrelation(v, simple, block = block)$consensus.correlation
    number(set, genes = nrow(counts), first = rho, second = again)
    add("genes", paste0(set, "_block"), answers(eBayes(lmFit(v, simple, block = block, correlation = again)), chosen))
  }
  finish("real_")
}
