# Cox's model of R survival, on patients made here: ties, one to three columns. Run in this folder: Rscript make_reference.R
suppressPackageStartupMessages(library(survival))
set.seed(5)
patients <- data.frame(set = rep(c("few", "tied", "many"), c(12, 30, 40)))
n <- nrow(patients)
patients$value <- round(rnorm(n), 3)
patients$age <- round(rnorm(n, 55, 10))
patients$male <- rbinom(n, 1, 0.5)
came <- rexp(n) / exp(0.7 * patients$value)
ended <- rexp(n, 0.8)
visits <- ifelse(patients$set == "tied", 3, 20)
patients$time <- ceiling(pmin(came, ended) * visits)
patients$event <- as.integer(came <= ended)
write.table(patients, "patients.tsv", sep = "\t", quote = FALSE, row.names = FALSE)

rows <- list()
for (set in unique(patients$set)) {
  for (beside in c("", " + age", " + age + male")) {
    part <- patients[patients$set == set, ]
    whole <- coxph(as.formula(paste0("Surv(time, event) ~ value", beside)), part, ties = "efron")
    null <- coxph(as.formula(paste0("Surv(time, event) ~ offset(0 * value)", beside)), part, ties = "efron")
    ci <- confint(whole)["value", ]
    rows[[length(rows) + 1]] <- data.frame(
      set = set, beside = trimws(gsub("[+]", "", beside)), coefficient = coef(whole)[["value"]],
      se = sqrt(vcov(whole)["value", "value"]), p_value = summary(whole)$coefficients["value", "Pr(>|z|)"],
      ci_low = ci[[1]], ci_high = ci[[2]], log_likelihood = tail(whole$loglik, 1),
      null_log_likelihood = tail(null$loglik, 1)
    )
  }
}
table <- do.call(rbind, rows)
numbers <- sapply(table, is.numeric)
table[numbers] <- lapply(table[numbers], format, digits = 12)
write.table(table, "cox.tsv", sep = "\t", quote = FALSE, row.names = FALSE)

curve <- summary(survfit(Surv(time, event) ~ 1, patients[patients$set == "tied", ]), censored = TRUE)
write.table(data.frame(time = curve$time, share = format(curve$surv, digits = 12)), "kaplan_meier.tsv",
  sep = "\t", quote = FALSE, row.names = FALSE
)
versions <- data.frame(package = c("R", "survival"), version = c(paste(R.version$major, R.version$minor, sep = "."), as.character(packageVersion("survival"))))
write.table(versions, "versions.tsv", sep = "\t", quote = FALSE, row.names = FALSE)
