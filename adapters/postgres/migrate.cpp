#include "adapters/postgres/migrate.hpp"

#include <map>

#include "adapters/postgres/session.hpp"
#include "events/kernel/hash.hpp"

namespace pakashop::postgres {
namespace {

using Kind = MigrateFailure::Kind;

// Any number that nobody else locks by; held while one step is looked at and applied.
constexpr std::string_view lock_sql = "SELECT pg_advisory_xact_lock(7410255112801664)";

constexpr std::string_view make_record_sql = R"sql(
    CREATE TABLE IF NOT EXISTS schema_migrations (
        name text PRIMARY KEY,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT clock_timestamp()))sql";

// Checksums of the applied steps, by name.
using Applied = std::map<std::string, std::string, std::less<>>;

Applied applied_in(pqxx::transaction_base& work) {
    Applied applied;
    for (const auto& row : work.exec("SELECT name, checksum FROM schema_migrations")) {
        applied.emplace(row[0].c_str(), row[1].c_str());
    }
    return applied;
}

std::string checksum_of(const Migration& step) { return to_hex(sha256(step.sql)); }

// The first step that is not applied; past the end when all are.
Result<std::size_t, MigrateFailure>
first_missing(const Applied& applied, std::span<const Migration> steps) {
    std::size_t missing = steps.size();
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto found = applied.find(steps[i].name);
        if (found == applied.end()) {
            missing = std::min(missing, i);
            continue;
        }
        if (i > missing) {
            const std::string earlier{steps[missing].name};
            return unexpected{MigrateFailure{
                Kind::drift, earlier + " is missing although " + found->first + " was applied"
            }};
        }
        if (found->second != checksum_of(steps[i])) {
            return unexpected{MigrateFailure{
                Kind::drift, found->first + " was applied with another content than ours"
            }};
        }
    }
    return missing;
}

// Applies the next missing step, and tells its name; empty when there is none.
Result<std::string, MigrateFailure>
apply_next(pqxx::connection& connection, std::span<const Migration> steps) {
    pqxx::work work{connection};
    work.exec(std::string{lock_sql});
    work.exec(std::string{make_record_sql});
    const auto next = first_missing(applied_in(work), steps);
    if (!next) return unexpected{next.error()};
    std::string name;
    if (*next < steps.size()) {
        const Migration& step = steps[*next];
        name = step.name;
        work.exec(std::string{step.sql});
        execute(
            work,
            "INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)",
            {name, checksum_of(step)}
        );
    }
    work.commit();
    return name;
}

unexpected<MigrateFailure> failed() {
    const Failure failure = explain();
    const bool refused = failure.trouble == Trouble::refused;
    return unexpected{MigrateFailure{refused ? Kind::refused : Kind::unavailable, failure.detail}};
}

constexpr int step_timeout_ms = 3'600'000;

}  // namespace

Result<std::vector<std::string>, MigrateFailure>
migrate(const std::string& url, std::span<const Migration> steps) {
    try {
        const auto connection = connect({url, "pakashop-migrate", step_timeout_ms});
        std::vector<std::string> applied;
        while (true) {
            auto name = apply_next(*connection, steps);
            if (!name) return unexpected{std::move(name.error())};
            if (name->empty()) return applied;
            applied.push_back(*std::move(name));
        }
    } catch (...) {
        return failed();
    }
}

Result<bool, MigrateFailure> migrated(const std::string& url, std::span<const Migration> steps) {
    try {
        const auto connection = connect({url, "pakashop-migrate"});
        pqxx::read_transaction work{*connection};
        const auto there = work.exec1("SELECT to_regclass('schema_migrations') IS NOT NULL");
        const auto next = first_missing(there[0].as<bool>() ? applied_in(work) : Applied{}, steps);
        if (!next) return unexpected{next.error()};
        return *next == steps.size();
    } catch (...) {
        return failed();
    }
}

}  // namespace pakashop::postgres
