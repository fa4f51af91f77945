# The ALL set (Debian's r-bioc-all) with R limma's answers: Rscript tests/linear/all_leukaemia.R OUT
suppressMessages({ library(limma); library(ALL) })
options(digits = 17, warn = -1)
out <- commandArgs(TRUE)[1]
data(ALL)
e <- exprs(ALL)
sheet <- pData(ALL)
cells <- factor(substr(as.character(sheet$BT), 1, 1))
age <- sheet$age
keep <- !is.na(age) & !is.na(sheet$sex)
# Every fourth probe: to find the correlation of all takes R half a minute.
e <- e[seq(1, nrow(e), 4), keep]
design <- model.matrix(~ sheet$sex[keep] + age[keep] + cells[keep])
colnames(design) <- c("Intercept", "male", "age", "t_cells")
block <- as.character(sheet$BT[keep])
save <- function(table, name) write.table(table, file.path(out, name), sep = "\t", quote = FALSE, col.names = NA)
answers <- function(fit, name) save(data.frame(
  log2_fc = fit$coefficients[, 4], lfc_se = sqrt(fit$s2.post) * fit$stdev.unscaled[, 4], stat = fit$t[, 4],
  p_value = fit$p.value[, 4], df = fit$df.total, residual_df = fit$df.residual, residual_sd = fit$sigma,
  mean_expression = fit$Amean, prior_variance = fit$s2.prior, variance = fit$s2.post, prior_freedom = fit$df.prior
), name)
save(e, "expression.tsv")
save(data.frame(design, block = block), "design.tsv")
answers(eBayes(lmFit(e, design)), "plain.tsv")
answers(eBayes(lmFit(e, design), trend = TRUE), "trend.tsv")
w <- arrayWeights(e, design)
answers(eBayes(lmFit(e, design, weights = w)), "weighted.tsv")
rho <- duplicateCorrelation(e, design, block = block)
save(data.frame(weight = w, correlation = rho$consensus.correlation), "samples.tsv")
answers(eBayes(lmFit(e, design, block = block, correlation = rho$consensus.correlation)), "block.tsv")
