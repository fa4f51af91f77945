# R limma's moderated t on logits of detected fractions: Rscript make_reference.R <this folder>
# Simulated positives at a common depth, as autocrine.cells.sum_cells gives them (with decimals). Debian's r-bioc-limma 3.54.1.
suppressMessages(library(limma))
options(digits = 17)
out <- commandArgs(TRUE)[1]
write <- function(table, file) {
  con <- gzfile(file.path(out, file), "w")
  write.table(table, con, sep = "\t", quote = FALSE, row.names = FALSE)
  close(con)
}
set.seed(20261128)
genes <- 420; patients <- 5
sheet <- data.frame(
  sample = paste0("s", 1:(2 * patients)), patient = rep(paste0("P", 1:patients), 2),
  exposure = rep(c("imatinib", "untreated"), each = patients), cells = c(310, 95, 640, 41, 220, 280, 130, 500, 77, 260)
)
base <- rnorm(genes, -1.5, 1.6)
spread <- sqrt(0.15 / rgamma(genes, 4, 4))
logit <- outer(base, rnorm(10, 0, 0.2), "+") +
  spread * matrix(rnorm(genes * patients), genes)[, c(1:patients, 1:patients)] + 0.6 * spread * matrix(rnorm(10 * genes), genes)
changed <- 1:60
logit[changed, 1:patients] <- logit[changed, 1:patients] + rep(c(-1, 1), 30)
# Sums of chances have decimals; six digits are kept, and R reads what the test reads.
positives <- round(t(t(plogis(logit)) * sheet$cells), 6)
n <- matrix(sheet$cells, genes, 10, byrow = TRUE)
kept <- rowSums(positives) >= 3 & rowSums(n - positives) >= 3
y <- log(positives + 0.5) - log(n - positives + 0.5)
rownames(y) <- paste0("g", seq_len(genes))
answer <- function(case, design, wanted) {
  fit <- eBayes(lmFit(y[kept, ], design), trend = TRUE)
  data.frame(
    case = case, gene = rownames(fit), log_odds_ratio = fit$coefficients[, wanted],
    log_odds_error = sqrt(fit$s2.post) * fit$stdev.unscaled[, wanted], stat = fit$t[, wanted], df = fit$df.total,
    p_value = fit$p.value[, wanted], plain_p_value = 2 * pt(-abs(fit$coefficients[, wanted] / fit$stdev.unscaled[, wanted] / fit$sigma), fit$df.residual)
  )
}
exposure <- factor(sheet$exposure, c("untreated", "imatinib"))
patient <- factor(sheet$patient)
write(sheet, "samples.tsv.gz")
write(data.frame(gene = rownames(y), positives), "positives.tsv.gz")
numbers <- rbind(
  answer("pairs", model.matrix(~ patient + exposure), "exposureimatinib"),
  answer("groups", model.matrix(~ exposure), "exposureimatinib")
)
numbers[-(1:2)] <- lapply(numbers[-(1:2)], signif, 14)
write(numbers, "limma.tsv.gz")
