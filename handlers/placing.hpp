#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "handlers/engine.hpp"

namespace pakashop {

/// A basket as a buyer sends it; lines of one product are summed before anything is held.
struct Basket {
    OrderId order;
    UserId buyer;
    TryId try_id;  ///< Fresh for every execution, also of the same request.
    struct Line {
        ProductId product;
        std::int64_t quantity = 0;
    };
    std::vector<Line> lines;
    Sealed<DeliveryAddress> address;
    std::optional<Sealed<PublicText>> notes;
    Rate commission;
    Duration ttl = hours(24);
};

/// How placing ended.
struct Placed {
    enum class Kind {
        placed,               ///< `outcome` is the order stream's, now or by an earlier call.
        out_of_stock,         ///< `lacking` names the products; nothing stays held.
        product_unavailable,  ///< `lacking` names those that are unknown, hidden or deleted.
        amount_too_large,     ///< The total does not fit an amount.
        failed                ///< `outcome` says why: overloaded, key reused, log unavailable …
    };
    Kind kind = Kind::failed;
    Outcome outcome;
    std::vector<ProductId> lacking;
};

/// What the request brings along for every command of it.
struct PlacingRequest {
    CommandId id{};
    Fingerprint fingerprint{};
    Actor actor;
    Trace trace;
    Instant now;
    /// Whether a shop may sell now; what it offers is otherwise unavailable.
    std::function<bool(const ShopId&)> may_sell;
    Instant deadline;  ///< 2 s later: what is not held by then is let go (503).
};

/// Places orders over several products' keys (architecture 3.1): hold everything in parallel, then
/// let the order stream decide; otherwise close the try and let go of what was held before any
/// answer. One for each engine, made before it starts.
class PlacingDesk {
public:
    explicit PlacingDesk(Engine& engine);

    /// From any thread. `done` is called once: on the engine's thread, or at once on the caller's
    /// when there is no room. A request that comes while the same one is being placed waits for it
    /// and is answered as its repeat.
    void place(Basket basket, PlacingRequest request, std::function<void(Placed)> done);

private:
    struct Book;
    Engine& engine_;
    std::shared_ptr<Book> book_;  ///< What is being placed now; for the engine's thread alone.
};

}  // namespace pakashop
