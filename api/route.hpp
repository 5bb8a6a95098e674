#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "events/login.hpp"
#include "events/schema.hpp"

namespace pakashop::api {

/// The JSON Schema of a request or reply, kept as text; empty for "no body".
struct Shape {
    std::string schema{};
    bool empty() const { return schema.empty(); }
};

/// The shape of a declared struct: of a request in our vocabulary, or of a reply the codec writes.
template <class T>
Shape shape_of() {
    Shape shape;
    JsonWriter out{shape.schema};
    schema::describe<T>(out);
    return shape;
}

/// Who may call a route. Routes for `client` need the client key, `person` an access token as well,
/// `roles` a person with any of the roles, `internal` the internal key; `open` nothing at all.
struct Access {
    enum class Door { open, client, person, roles, internal };
    Door door = Door::client;
    std::vector<Role> any_of{};
};
inline Access open_to_all() { return {Access::Door::open}; }
inline Access client_key() { return {Access::Door::client}; }
inline Access any_person() { return {Access::Door::person}; }
inline Access internal_key() { return {Access::Door::internal}; }
inline Access any_of(std::vector<Role> roles) { return {Access::Door::roles, std::move(roles)}; }

/// What a route does with an Idempotency-Key: nothing (reads), take one or make one, insist on one;
/// `unrepeated`: take one or make one, but never give an answer again, for it holds tokens.
enum class Idempotency { none, optional, required, unrepeated };

/// A query parameter a route takes.
struct Parameter {
    std::string name;
    std::string description;
};

/// What a route answers when all goes well.
struct Reply {
    int status = 200;
    std::string description = "Done.";
    Shape body{};
    std::string media_type = "application/json";
};

/// A route, declared once: routing, authorisation, validation, `/openapi.json` and `/docs` come
/// from it.
struct Route {
    std::string method;
    std::string pattern;  ///< From the root, as in `/api/v1/orders/:id`.
    std::string summary;
    std::string tag = "other";  ///< The section of the documents it stands in.
    Access access{};
    Idempotency idempotency = Idempotency::none;
    /// The body, not path or command id, says which key the command goes to. A client's
    /// Idempotency-Key is then looked for in every partition, lest it serve for two bodies.
    bool key_in_body = false;
    bool anywhere = false;  ///< A node of a cluster need not be as far as the others for it.
    Shape body{};
    std::vector<Parameter> query{};
    Reply reply{};
    std::vector<std::string> problems{};  ///< Codes of its own, beside the general ones.
    std::vector<std::string> aliases{};   ///< Other patterns it answers to, same parameters (C-39).
};

/// The values of the `:name` segments of a matched path, in the order of the pattern.
using PathParameters = std::vector<std::pair<std::string_view, std::string>>;

/// Every route of the program, ready to be looked up.
class RouteTable {
public:
    /// Takes the declarations; two for the same method and path are a bug.
    explicit RouteTable(std::vector<Route> routes);

    struct Match {
        std::optional<std::size_t> index{};  ///< Of the route in routes(); nothing: 404 or 405.
        PathParameters parameters{};
        std::string allow{};  ///< Of a 405: "GET, POST". Empty with no index: 404.

        /// The value of a path parameter; empty when the pattern has none of that name.
        std::string_view parameter(std::string_view name) const;
    };

    /// Looks a decoded path up. A fixed segment wins over a parameter; HEAD is served by GET. The
    /// names in the match live as long as this table.
    Match find(std::string_view method, std::string_view path) const;

    const std::vector<Route>& routes() const { return routes_; }

private:
    struct Node {
        std::vector<std::pair<std::string, std::size_t>> fixed{};
        std::size_t parameter = 0;  ///< 0: none; the root is nobody's child.
        std::vector<std::pair<std::string, std::size_t>> methods{};
        std::vector<std::string> names{};  ///< Of the parameters on the way here.
    };

    void add(std::string_view method, std::string_view pattern, std::size_t index);
    std::size_t child(std::size_t node, std::string_view segment);
    const Node* walk(std::size_t node, std::string_view rest, std::vector<std::string_view>& values)
        const;

    std::vector<Route> routes_;
    std::vector<Node> nodes_;
};

}  // namespace pakashop::api
