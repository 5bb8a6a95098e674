#include "adapters/postgres/rebuild_store.hpp"

#include <optional>

#include "adapters/postgres/checkpoints.hpp"
#include "adapters/postgres/row_store.hpp"
#include "adapters/postgres/twin_tables.hpp"
#include "events/kernel/require.hpp"

namespace pakashop::postgres {
namespace {

using model::Checkpoint;
using model::RebuildFailure;
using model::Table;
using model::TableComparison;

constexpr int timeout_ms = 3'600'000;
constexpr std::string_view claim_sql =
    "SELECT pg_try_advisory_lock(hashtextextended(current_schema() || ':rebuild:' || $1, 0))";

using Snapshot = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

unexpected<RebuildFailure> failed() {
    const Failure failure = explain();
    using Kind = RebuildFailure::Kind;
    const bool refused = failure.trouble == Trouble::refused;
    return unexpected{RebuildFailure{refused ? Kind::refused : Kind::unavailable, failure.detail}};
}

std::vector<Checkpoint>
checkpoints_in(pqxx::transaction_base& work, std::string_view group, bool lock) {
    std::vector<Checkpoint> out;
    for (StoredCheckpoint& each : read_checkpoints(work, group, lock)) {
        out.push_back(each.checkpoint);
    }
    return out;
}

}  // namespace

class RebuildStore::Impl {
public:
    explicit Impl(std::string url)
        : options{std::move(url), "pakashop-rebuild", timeout_ms},
          rows{{options.url, std::string{twin_suffix}, timeout_ms, false}} {}

    /// Runs `use(transaction)` on the main connection and commits.
    template <class Use>
    Result<void, RebuildFailure> commit(Use use) {
        try {
            pqxx::work work{main()};
            use(work);
            work.commit();
            return {};
        } catch (...) {
            auto failure = failed();
            if (failure.error().kind == RebuildFailure::Kind::unavailable) connection.reset();
            return failure;
        }
    }
    /// Of two rebuilds of one model the second is refused: both would fill the same twins.
    Result<void, RebuildFailure> claim(std::string_view name) {
        try {
            claimed = connect(options);
            pqxx::nontransaction work{*claimed};
            if (execute(work, claim_sql, {std::string{name}})[0][0].as<bool>()) return {};
            return unexpected{RebuildFailure{
                RebuildFailure::Kind::refused,
                "another rebuild of " + std::string{name} + " is under way"
            }};
        } catch (...) {
            return failed();
        }
    }
    pqxx::connection& main() {
        if (!connection) connection = connect(options);
        return *connection;
    }
    template <class Each>
    void each_table(Each each) {
        require(projection != nullptr, "a rebuild begins before it goes on");
        for (const Table* table : projection->tables) each(*table);
    }
    void give_up_claim() {
        projection = nullptr;
        claimed.reset();
    }
    void let_go() {
        holding.reset();
        holder.reset();
    }

    const SessionOptions options;
    RowStore rows;
    std::unique_ptr<pqxx::connection> connection;
    const model::Projection* projection = nullptr;  ///< Null unless its name is claimed.
    std::unique_ptr<pqxx::connection> claimed;      ///< The name, for as long as it is open.
    std::unique_ptr<pqxx::connection> holder;       ///< Its transaction locks the live checkpoints.
    std::optional<pqxx::work> holding;
};

RebuildStore::RebuildStore(std::string url) : impl_{std::make_unique<Impl>(std::move(url))} {}
RebuildStore::~RebuildStore() = default;

Result<void, RebuildFailure> RebuildStore::begin(const model::Projection& projection) {
    impl_->give_up_claim();
    if (auto claimed = impl_->claim(projection.name); !claimed) return claimed;
    impl_->projection = &projection;
    return impl_->commit([&](pqxx::work& work) {
        execute(
            work,
            "DELETE FROM checkpoints WHERE group_name = $1",
            {"rebuild:" + std::string{projection.name}}
        );
        impl_->each_table([&](const Table& table) { make_twin(work, table); });
    });
}

model::RowStore& RebuildStore::rows() { return impl_->rows; }

Result<std::vector<Checkpoint>, RebuildFailure> RebuildStore::live(std::string_view group) {
    std::vector<Checkpoint> out;
    const auto read =
        impl_->commit([&](pqxx::work& work) { out = checkpoints_in(work, group, false); });
    if (!read) return unexpected{read.error()};
    return out;
}

Result<void, RebuildFailure> RebuildStore::finish() {
    return impl_->commit([&](pqxx::work& work) {
        impl_->each_table([&](const Table& table) { index_twin(work, table); });
    });
}

Result<std::vector<Checkpoint>, RebuildFailure> RebuildStore::hold(std::string_view group) {
    try {
        impl_->let_go();
        impl_->holder = connect(impl_->options);
        impl_->holding.emplace(*impl_->holder);
        return checkpoints_in(*impl_->holding, group, true);
    } catch (...) {
        auto failure = failed();
        impl_->let_go();
        return failure;
    }
}

Result<std::vector<TableComparison>, RebuildFailure> RebuildStore::compare() {
    try {
        std::vector<TableComparison> out;
        Snapshot work{impl_->main()};
        work.exec("SELECT 1 FROM checkpoints LIMIT 1");  // Takes the snapshot.
        impl_->let_go();
        impl_->each_table([&](const Table& table) { out.push_back(compare_twin(work, table)); });
        return out;
    } catch (...) {
        auto failure = failed();
        impl_->let_go();
        return failure;
    }
}

Result<void, RebuildFailure> RebuildStore::swap() {
    require(impl_->holding.has_value(), "tables are swapped while the live group is held");
    try {
        pqxx::work& work = *impl_->holding;
        impl_->each_table([&](const Table& table) { swap_twin(work, table); });
        execute(
            work,
            "DELETE FROM checkpoints WHERE group_name = $1",
            {"rebuild:" + std::string{impl_->projection->name}}
        );
        work.commit();
        impl_->let_go();
        impl_->give_up_claim();
        return {};
    } catch (...) {
        auto failure = failed();
        impl_->let_go();
        return failure;
    }
}

void RebuildStore::discard() {
    impl_->let_go();
    if (!impl_->projection) return;
    // Twins that stay behind are dropped by the next rebuild.
    (void)impl_->commit([&](pqxx::work& work) {
        impl_->each_table([&](const Table& table) { drop_twin(work, table); });
        execute(
            work,
            "DELETE FROM checkpoints WHERE group_name = $1",
            {"rebuild:" + std::string{impl_->projection->name}}
        );
    });
    impl_->give_up_claim();
}

}  // namespace pakashop::postgres
