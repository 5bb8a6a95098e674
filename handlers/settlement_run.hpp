#pragma once

#include <string>
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

/// Who asked for the run.
struct SettlementRequest {
    /// Names the run: the command id of the request in hex, or the schedule's period. The payouts'
    /// commands are derived from it, and it is their causation in the log and the journal.
    std::string origin;
    Actor actor;
    Trace trace;
    Instant now;
};

/// One payout that the run asked for.
struct RequestedPayout {
    PayoutId payout;
    ShopId shop;
    Money amount;
    std::size_t lines = 0;
};

/// Pays out what every ACTIVE shop has earned (SET-04, SET-12): the read model says which shops
/// have something releasable, each shop's account decides what. A shop whose wallet is not known is
/// passed over. The same origin again asks for nothing twice, and names only shops that still have
/// something; its first answer stands in the journal. Blocks: never on the engine's thread.
Result<std::vector<RequestedPayout>, ReadFailure>
run_settlement(const SettlementContext& context, const SettlementRequest& request);

}  // namespace pakashop
