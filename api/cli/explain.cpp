#include <map>
#include <set>

#include <fmt/format.h>

#include "api/cli/commands.hpp"
#include "api/cli/gist.hpp"
#include "api/cli/stores.hpp"
#include "events/kernel/match.hpp"
#include "handlers/commit.hpp"
#include "handlers/stream_loader.hpp"

namespace pakashop::cli {
namespace {

using Commits = std::vector<std::shared_ptr<const Commit>>;

constexpr std::size_t hash_digits = 12;
/// A payout is looked for among so many of its shop's newest account records, not further back.
constexpr std::size_t payout_records_max = 20'000;

/// Finds what an order's own events point to, and tells it in order.
class Timeline {
public:
    Timeline(LogView& view, Vault* vault) : view_{view}, vault_{vault} {}

    bool tell(const std::string& order) {
        const PartitionId partition = partition_of(order, view_.log().partitions());
        Commits commits = load_history(view_.store(), partition, order, UINT64_MAX);
        if (commits.empty()) return false;
        for (const std::string& payout : payouts_in(commits)) add_payout(commits, payout);
        for (const auto& commit : commits) remember(*commit);
        fmt::print("{}, partition {}\n\n", order, partition);
        fmt::print(row, "time (UTC)", "what", "stream@version", "role", "hash", "because of", "");
        for (const auto& commit : commits) print(*commit);
        fmt::print("\n{} events in {} commits\n", events_, commits.size());
        return true;
    }

private:
    static constexpr std::string_view row = "{:<23}  {:<30}  {:<44}  {:<14}  {:<12}  {:<24}  {}\n";

    static std::set<std::string> payouts_in(const Commits& commits) {
        std::set<std::string> payouts;
        for (const auto& commit : commits) {
            for (const CommittedEvent& event : commit->events) {
                const auto* lines = std::get_if<SettlementEvent>(&event.event);
                const auto* paid = lines ? std::get_if<LinesInPayout>(lines) : nullptr;
                if (paid) payouts.insert(paid->payout.value);
            }
        }
        return payouts;
    }

    // The payout's own events lie in its shop's account, newest last.
    void add_payout(Commits& commits, const std::string& payout) {
        const std::string shop = parent_of("pot", payout);
        const PartitionId partition = partition_of(shop, view_.log().partitions());
        const auto records = view_.store().stream(partition, stream_of<Account>(shop), 0);
        Commits found;
        for (std::size_t i = 0; i < records.size() && i < payout_records_max; ++i) {
            const std::uint64_t seq = records[records.size() - 1 - i];
            auto commit = read(partition, seq);
            const auto about = word_on(*commit, payout);
            if (about) found.push_back(std::move(commit));
            if (about && *about == PayoutRequested::type) break;
        }
        commits.insert(commits.end(), found.rbegin(), found.rend());
    }

    std::shared_ptr<const Commit> read(PartitionId partition, std::uint64_t seq) {
        const auto bytes = view_.store().record(partition, seq);
        const auto record = bytes ? decode_record(*bytes) : unexpected{RecordError::truncated};
        if (!record) throw CorruptStream{"a record the index names cannot be read"};
        auto commit = to_commit(record->record, record->hash);
        if (!commit) throw CorruptStream{"the index names a record that is no commit"};
        return commit;
    }

    // The type of the commit's event about that payout; nothing when it is about something else.
    static std::optional<std::string_view>
    word_on(const Commit& commit, const std::string& payout) {
        for (const CommittedEvent& event : commit.events) {
            const auto* account = std::get_if<AccountEvent>(&event.event);
            if (!account) continue;
            const bool named = match(
                *account,
                [&](const OneOf<
                    PayoutRequested,
                    PayoutAccepted,
                    PayoutCompleted,
                    PayoutFailed,
                    PayoutReversed,
                    PayoutMismatched> auto& e) { return e.payout.value == payout; },
                [](const OneOf<FundsHeld, FundsReleased, FundsCancelled> auto&) { return false; }
            );
            if (named) return type_of(event.event);
        }
        return std::nullopt;
    }

    // Causes are named by event or command; those that are shown here are called by their names.
    void remember(const Commit& commit) {
        names_[to_hex(commit.command)] = commit.command_type;
        for (const CommittedEvent& event : commit.events) {
            names_[to_hex(event.id)] = type_of(event.event);
        }
    }

    std::string cause_of(const Commit& commit) const {
        const std::string& cause = commit.trace.causation;
        if (cause.empty()) return "a request";
        const auto known = names_.find(cause);
        return known == names_.end() ? cause.substr(0, hash_digits) : known->second;
    }

    void print(const Commit& commit) {
        std::string time = to_rfc3339(commit.at);
        time.resize(time.size() - 1);
        std::string hash = to_hex(commit.hash).substr(0, hash_digits);
        std::string cause = cause_of(commit);
        for (const CommittedEvent& event : commit.events) {
            fmt::print(
                row,
                std::exchange(time, {}),
                type_of(event.event),
                fmt::format("{}@{}", event.stream, event.version),
                commit.actor.role,
                std::exchange(hash, {}),
                std::exchange(cause, {}),
                told(event)
            );
            ++events_;
        }
    }

    std::string told(const CommittedEvent& event) const {
        std::string text = gist(event.event);
        if (!vault_) return text;
        AnyEvent opened = event.event;
        open(opened, *vault_, sealing_place(event.stream, event.version));
        const std::string personal = personal_fields(opened);
        return personal.empty() ? text : text + " [" + personal + "]";
    }

    LogView& view_;
    Vault* vault_;
    std::map<std::string, std::string> names_;
    std::size_t events_ = 0;
};

}  // namespace

int explain(const Explanation& wanted) {
    const auto view = LogView::open(log_location(wanted.directory));
    if (!view) return report(view.error());
    std::unique_ptr<OpenedKeys> keys;
    if (wanted.personal) {
        auto opened = OpenedKeys::open();
        if (!opened) return report(opened.error());
        keys = *std::move(opened);
    }
    if (Timeline{**view, keys ? &keys->vault() : nullptr}.tell(wanted.order)) return api::exit_done;
    return report({api::exit_bad_data, "the log knows no order " + wanted.order});
}

}  // namespace pakashop::cli
