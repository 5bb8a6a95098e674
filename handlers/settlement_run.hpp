#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "handlers/ports/schedule_queue.hpp"
#include "handlers/reference.hpp"

namespace pakashop {

/// What a settlement run uses. The references outlive it.
struct SettlementContext {
    Engine& engine;
    Vault& vault;
    Reference& reference;
    ScheduleQueue& queue;
};

/// Who asked for the run, and by which command. The same command again is the same run, and every
/// other command of it derives from this one, which is their cause in log and journal.
struct SettlementRequest {
    PublicText run;  ///< Its name: that of its stream.
    CommandId command{};
    Fingerprint fingerprint{};
    Actor actor;
    Trace trace;
    Instant now;
    Provider mover = Provider::pawapay;  ///< Who moves the money of its payouts.
};

/// What the run asked for, now or when it was first asked for.
struct SettlementResult {
    std::vector<RequestedPayout> payouts;
    bool replayed = false;
    /// Shops whose history cannot be read, and why: they got nothing, the others did.
    std::vector<std::string> passed_over;
    /// For each partition it wrote to, the position behind the last record.
    std::map<PartitionId, std::uint64_t> position;
};

/// The read model or the log was away or behind, or the command id belongs to another request. What
/// the run had asked for by then stands; asked again, it goes on.
using SettlementFailure = std::variant<ReadFailure, Outcome>;

/// Pays out what every ACTIVE shop has earned (SET-04, SET-12): the read model says which shops
/// have something releasable, each shop's account decides what. A shop whose wallet is not known is
/// passed over. A run that is finished answers from the log alone, and pays nothing any more; one
/// that found nothing is remembered as well: the queue must not answer while rows are missing
/// (complete_schedule.hpp). Blocks, and waits some seconds for a log that is busy: never on the
/// engine's thread. Throws KeysUnavailable; asked again, the run goes on.
Result<SettlementResult, SettlementFailure>
run_settlement(const SettlementContext& context, const SettlementRequest& request);

}  // namespace pakashop
