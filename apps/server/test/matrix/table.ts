import type { CallerName } from './cast.ts';
import type { Name } from './requests.ts';

/** `none`: answered with nothing of it. A number: the HTTP status of the refusal. */
export type Outcome = 'ok' | 'none' | 401 | 403 | 404;

export interface Row {
  readonly name: Name;
  readonly cells: Readonly<Record<CallerName, Outcome>>;
}

/**
 * What each caller gets who asks for what is of `org-s1z`. The stranger owns another organisation, `elsewhere` and
 * `reader` are keys of an owner's that are narrowed down to another namespace, and to reading in this one; `server` is
 * who runs it.
 */
const text = `
                                                                       anonymous expired revoked stranger elsewhere reader billing viewer developer admin owner server
version                                                                ok        ok      ok      ok       ok        ok     ok      ok     ok        ok    ok    ok
whoami                                                                 401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
manifests.write                                                        401       401     401     404      404       403    403     403    ok        ok    ok    ok
manifests.check                                                        401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
containers.list                                                        401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
containers.get                                                         401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
containers.delete                                                      401       401     401     404      404       403    403     403    ok        ok    ok    ok
containers.watch                                                       401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
containers.rows                                                        401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
containers.usage                                                       401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
containers.explain                                                     401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
containers.logs                                                        401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
containers.suspend                                                     401       401     401     404      404       403    403     403    ok        ok    ok    ok
containers.resume                                                      401       401     401     404      404       403    403     403    ok        ok    ok    ok
containers.migrate                                                     401       401     401     404      404       403    403     403    ok        ok    ok    ok
containers.checkpoint                                                  401       401     401     404      404       403    403     403    ok        ok    ok    ok
containers.fork                                                        401       401     401     404      404       403    403     403    ok        ok    ok    ok
processors.list                                                        401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
processors.get                                                         401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
processors.delete                                                      401       401     401     404      404       403    403     403    ok        ok    ok    ok
processors.watch                                                       401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
processors.send                                                        401       401     401     404      404       403    403     403    ok        ok    ok    ok
processors.answers                                                     401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
processors.read                                                        401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
processors.deadLetters                                                 401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
processors.replay                                                      401       401     401     404      404       403    403     403    ok        ok    ok    ok
processors.purge                                                       401       401     401     404      404       403    403     403    ok        ok    ok    ok
processors.health                                                      401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
processors.scale                                                       401       401     401     404      404       403    403     403    ok        ok    ok    ok
processors.explain                                                     401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
services.list                                                          401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
services.get                                                           401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
services.delete                                                        401       401     401     404      404       403    403     403    ok        ok    ok    ok
services.watch                                                         401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
services.scale                                                         401       401     401     404      404       403    403     403    ok        ok    ok    ok
services.explain                                                       401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
services.rollout                                                       401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
services.undo                                                          401       401     401     404      404       403    403     403    ok        ok    ok    ok
services.restart                                                       401       401     401     404      404       403    403     403    ok        ok    ok    ok
services.createKey                                                     401       401     401     404      404       403    403     403    ok        ok    ok    ok
services.keys                                                          401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
services.revokeKey                                                     401       401     401     404      404       403    403     403    ok        ok    ok    ok
snapshots.list                                                         401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
snapshots.get                                                          401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
snapshots.delete                                                       401       401     401     404      404       403    403     403    ok        ok    ok    ok
snapshots.watch                                                        401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
namespaces.list                                                        401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
namespaces.get                                                         401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
namespaces.delete                                                      401       401     401     404      404       403    403     403    403       ok    ok    ok
namespaces.watch                                                       401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
budgets.list                                                           401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
budgets.get                                                            401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
budgets.delete                                                         401       401     401     404      404       403    403     403    403       403   403   ok
budgets.watch                                                          401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
secrets.list                                                           401       401     401     none     none      ok     none    ok     ok        ok    ok    ok
secrets.get                                                            401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
secrets.delete                                                         401       401     401     404      404       403    403     403    ok        ok    ok    ok
secrets.watch                                                          401       401     401     none     none      ok     none    ok     ok        ok    ok    ok
secrets.reveal                                                         401       401     401     404      404       403    403     403    403       ok    ok    ok
events.list                                                            401       401     401     none     none      ok     none    ok     ok        ok    ok    ok
events.watch                                                           401       401     401     none     none      ok     none    ok     ok        ok    ok    ok
audit.list                                                             401       401     401     none     403       ok     none    none   none      ok    ok    ok
audit.records                                                          401       401     401     403      403       403    403     403    403       403   403   ok
audit.verify                                                           401       401     401     403      403       403    403     403    403       403   403   ok
billing.usage                                                          401       401     401     404      403       403    ok      ok     ok        ok    ok    ok
billing.cost                                                           401       401     401     404      403       403    ok      ok     ok        ok    ok    ok
billing.bill                                                           401       401     401     404      403       403    ok      ok     ok        ok    ok    ok
billing.spending                                                       401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
billing.keys                                                           ok        ok      ok      ok       ok        ok     ok      ok     ok        ok    ok    ok
organisations.create                                                   401       401     401     ok       403       403    ok      ok     ok        ok    ok    ok
organisations.list                                                     401       401     401     none     none      none   ok      ok     ok        ok    ok    ok
organisations.get                                                      401       401     401     404      403       403    ok      ok     ok        ok    ok    ok
organisations.delete                                                   401       401     401     404      403       403    403     403    403       403   ok    ok
members.list                                                           401       401     401     404      403       403    403     ok     ok        ok    ok    ok
members.add                                                            401       401     401     404      403       403    403     403    403       ok    ok    ok
members.set                                                            401       401     401     404      403       403    403     403    403       ok    ok    ok
members.remove                                                         401       401     401     404      403       403    403     403    403       ok    ok    ok
serviceAccounts.create                                                 401       401     401     404      403       403    403     403    403       ok    ok    ok
serviceAccounts.list                                                   401       401     401     404      403       403    403     403    403       ok    ok    ok
serviceAccounts.delete                                                 401       401     401     404      403       403    403     403    403       ok    ok    ok
keys.create                                                            401       401     401     404      403       403    403     403    403       ok    ok    ok
keys.list                                                              401       401     401     404      403       403    403     403    403       ok    ok    ok
keys.revoke                                                            401       401     401     404      403       403    403     403    403       ok    ok    ok
sessions.logout                                                        401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
auth.can                                                               401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
quotas.list                                                            401       401     401     404      403       403    ok      ok     ok        ok    ok    ok
quotas.set                                                             401       401     401     403      403       403    403     403    403       403   403   ok
admin.rotateKey                                                        401       401     401     403      403       403    403     403    403       403   403   ok
admin.rotateBillKey                                                    401       401     401     403      403       403    403     403    403       403   403   ok
admin.openmeterStatus                                                  401       401     401     403      403       403    403     403    403       403   403   ok
admin.openmeterSync                                                    401       401     401     403      403       403    403     403    403       403   403   ok
admin.openmeterRetry                                                   401       401     401     403      403       403    403     403    403       403   403   ok
users.list                                                             401       401     401     403      403       403    403     403    403       403   403   ok
users.set                                                              401       401     401     403      403       403    403     403    403       403   403   ok
platforms.list                                                         401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
offers.list                                                            401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
GET /v1/containers                                                     401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
POST /v1/containers                                                    401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/containers/search                                             401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
GET /v1/containers/{id}                                                401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
DELETE /v1/containers/{id}                                             401       401     401     404      404       403    403     403    ok        ok    ok    ok
PATCH /v1/containers/{id}                                              401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/containers/{namespace}/{name}                                  401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
DELETE /v1/containers/{namespace}/{name}                               401       401     401     404      404       403    403     403    ok        ok    ok    ok
PATCH /v1/containers/{namespace}/{name}                                401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/containers/{id}/usage                                          401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
GET /v1/containers/{namespace}/{name}/usage                            401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
GET /v1/containers/{id}/explain                                        401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/containers/{namespace}/{name}/explain                          401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/containers/{id}/logs                                           401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/containers/{namespace}/{name}/logs                             401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/containers/{id}/files                                          401       401     401     404      404       403    403     403    ok        ok    ok    ok
PUT /v1/containers/{id}/files                                          401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/containers/{namespace}/{name}/files                            401       401     401     404      404       403    403     403    ok        ok    ok    ok
PUT /v1/containers/{namespace}/{name}/files                            401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/processors                                                     401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
POST /v1/processors                                                    401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/processors/{id}                                                401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
DELETE /v1/processors/{id}                                             401       401     401     404      404       403    403     403    ok        ok    ok    ok
PATCH /v1/processors/{id}                                              401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/processors/{id}/scale                                         401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/processors/{id}/explain                                        401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/processors/{id}/health                                         401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/processors/{id}/logs                                           401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
POST /v1/processors/{id}/messages                                      401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/processors/{id}/messages                                       401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
POST /v1/processors/{id}/stream                                        401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/processors/{id}/dead_letters                                   401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
DELETE /v1/processors/{id}/dead_letters                                401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/processors/{id}/dead_letters/replay                           401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/processors/{id}/return/{message_id}                           401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/processors/{id}/return/{message_id}/stream                     401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/processors/{namespace}/{name}                                  401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
DELETE /v1/processors/{namespace}/{name}                               401       401     401     404      404       403    403     403    ok        ok    ok    ok
PATCH /v1/processors/{namespace}/{name}                                401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/processors/{namespace}/{name}/scale                           401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/processors/{namespace}/{name}/explain                          401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/processors/{namespace}/{name}/health                           401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/processors/{namespace}/{name}/logs                             401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
POST /v1/processors/{namespace}/{name}/messages                        401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/processors/{namespace}/{name}/messages                         401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
POST /v1/processors/{namespace}/{name}/stream                          401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/processors/{namespace}/{name}/dead_letters                     401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
DELETE /v1/processors/{namespace}/{name}/dead_letters                  401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/processors/{namespace}/{name}/dead_letters/replay             401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/processors/{namespace}/{name}/return/{message_id}             401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/processors/{namespace}/{name}/return/{message_id}/stream       401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/services                                                       401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
POST /v1/services                                                      401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/services/{id}                                                  401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
DELETE /v1/services/{id}                                               401       401     401     404      404       403    403     403    ok        ok    ok    ok
PATCH /v1/services/{id}                                                401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/services/{id}/scale                                           401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/services/{id}/explain                                          401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/services/{id}/rollout                                          401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
POST /v1/services/{id}/rollout/undo                                    401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/services/{id}/rollout/restart                                 401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/services/{id}/keys                                             401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
POST /v1/services/{id}/keys                                            401       401     401     404      404       403    403     403    ok        ok    ok    ok
DELETE /v1/services/{id}/keys/{key}                                    401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/services/{id}/logs                                             401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/services/{namespace}/{name}                                    401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
DELETE /v1/services/{namespace}/{name}                                 401       401     401     404      404       403    403     403    ok        ok    ok    ok
PATCH /v1/services/{namespace}/{name}                                  401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/services/{namespace}/{name}/scale                             401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/services/{namespace}/{name}/explain                            401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
GET /v1/services/{namespace}/{name}/rollout                            401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
POST /v1/services/{namespace}/{name}/rollout/undo                      401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/services/{namespace}/{name}/rollout/restart                   401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/services/{namespace}/{name}/keys                               401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
POST /v1/services/{namespace}/{name}/keys                              401       401     401     404      404       403    403     403    ok        ok    ok    ok
DELETE /v1/services/{namespace}/{name}/keys/{key}                      401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/services/{namespace}/{name}/logs                               401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
POST /v1/containers/{id}/suspend                                       401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/containers/{id}/resume                                        401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/containers/{id}/migrate                                       401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/containers/{id}/checkpoint                                    401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/containers/{id}/fork                                          401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/containers/{namespace}/{name}/suspend                         401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/containers/{namespace}/{name}/resume                          401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/containers/{namespace}/{name}/migrate                         401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/containers/{namespace}/{name}/checkpoint                      401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/containers/{namespace}/{name}/fork                            401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/snapshots                                                      401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
POST /v1/snapshots                                                     401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/snapshots/{id}                                                 401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
DELETE /v1/snapshots/{id}                                              401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/snapshots/{id}/file                                            401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/snapshots/{namespace}/{name}                                   401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
DELETE /v1/snapshots/{namespace}/{name}                                401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/snapshots/{namespace}/{name}/file                              401       401     401     404      404       403    403     403    ok        ok    ok    ok
PUT /v1/snapshots/{namespace}/{name}/file                              401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/namespaces                                                     401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
POST /v1/namespaces                                                    401       401     401     403      403       403    403     403    ok        ok    ok    ok
GET /v1/namespaces/{name}                                              401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
DELETE /v1/namespaces/{name}                                           401       401     401     404      404       403    403     403    403       ok    ok    ok
GET /v1/budgets                                                        401       401     401     none     none      ok     ok      ok     ok        ok    ok    ok
POST /v1/budgets                                                       401       401     401     404      404       403    403     403    403       ok    ok    ok
GET /v1/budgets/{id}                                                   401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
PUT /v1/budgets/{id}                                                   401       401     401     404      404       403    403     403    403       403   403   ok
DELETE /v1/budgets/{id}                                                401       401     401     404      404       403    403     403    403       403   403   ok
GET /v1/budgets/{namespace}/{name}                                     401       401     401     404      404       ok     ok      ok     ok        ok    ok    ok
PUT /v1/budgets/{namespace}/{name}                                     401       401     401     404      404       403    403     403    403       403   403   ok
DELETE /v1/budgets/{namespace}/{name}                                  401       401     401     404      404       403    403     403    403       403   403   ok
GET /v1/secrets                                                        401       401     401     none     none      ok     none    ok     ok        ok    ok    ok
POST /v1/secrets                                                       401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/secrets/{id}                                                   401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
PUT /v1/secrets/{id}                                                   401       401     401     404      404       403    403     403    ok        ok    ok    ok
DELETE /v1/secrets/{id}                                                401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/secrets/{namespace}/{name}                                     401       401     401     404      404       ok     403     ok     ok        ok    ok    ok
PUT /v1/secrets/{namespace}/{name}                                     401       401     401     404      404       403    403     403    ok        ok    ok    ok
DELETE /v1/secrets/{namespace}/{name}                                  401       401     401     404      404       403    403     403    ok        ok    ok    ok
POST /v1/secrets/{id}/reveal                                           401       401     401     404      404       403    403     403    403       ok    ok    ok
POST /v1/secrets/{namespace}/{name}/reveal                             401       401     401     404      404       403    403     403    403       ok    ok    ok
GET /v1/organisations                                                  401       401     401     none     none      none   ok      ok     ok        ok    ok    ok
POST /v1/organisations                                                 401       401     401     ok       403       403    ok      ok     ok        ok    ok    ok
GET /v1/organisations/{name}                                           401       401     401     404      403       403    ok      ok     ok        ok    ok    ok
DELETE /v1/organisations/{name}                                        401       401     401     404      403       403    403     403    403       403   ok    ok
GET /v1/organisations/{name}/members                                   401       401     401     404      403       403    403     ok     ok        ok    ok    ok
POST /v1/organisations/{name}/members                                  401       401     401     404      403       403    403     403    403       ok    ok    ok
PUT /v1/organisations/{name}/members/{user}                            401       401     401     404      403       403    403     403    403       ok    ok    ok
DELETE /v1/organisations/{name}/members/{user}                         401       401     401     404      403       403    403     403    403       ok    ok    ok
GET /v1/organisations/{name}/service_accounts                          401       401     401     404      403       403    403     403    403       ok    ok    ok
POST /v1/organisations/{name}/service_accounts                         401       401     401     404      403       403    403     403    403       ok    ok    ok
DELETE /v1/service_accounts/{id}                                       401       401     401     404      403       403    403     403    403       ok    ok    ok
GET /v1/keys                                                           401       401     401     404      403       403    403     403    403       ok    ok    ok
POST /v1/keys                                                          401       401     401     404      403       403    403     403    403       ok    ok    ok
DELETE /v1/keys/{id}                                                   401       401     401     404      403       403    403     403    403       ok    ok    ok
POST /v1/logout                                                        401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
GET /v1/can                                                            401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
GET /v1/users                                                          401       401     401     403      403       403    403     403    403       403   403   ok
PATCH /v1/users/{user}                                                 401       401     401     403      403       403    403     403    403       403   403   ok
GET /v1/events                                                         401       401     401     none     none      ok     none    ok     ok        ok    ok    ok
GET /v1/audit                                                          401       401     401     none     403       ok     none    none   none      ok    ok    ok
GET /v1/usage                                                          401       401     401     404      403       403    ok      ok     ok        ok    ok    ok
GET /v1/cost                                                           401       401     401     404      403       403    ok      ok     ok        ok    ok    ok
GET /v1/bill                                                           401       401     401     404      403       403    ok      ok     ok        ok    ok    ok
POST /v1/spending                                                      401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
GET /.well-known/neb-bill-keys                                         ok        ok      ok      ok       ok        ok     ok      ok     ok        ok    ok    ok
GET /v1/platforms                                                      401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
GET /v1/offers                                                         401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
POST /v1/apply                                                         401       401     401     404      404       403    403     403    ok        ok    ok    ok
GET /v1/quotas                                                         401       401     401     404      403       403    ok      ok     ok        ok    ok    ok
PUT /v1/quotas/{owner}                                                 401       401     401     403      403       403    403     403    403       403   403   ok
DELETE /v1/quotas/{owner}                                              401       401     401     403      403       403    403     403    403       403   403   ok
POST /v1/admin/rotate-key                                              401       401     401     403      403       403    403     403    403       403   403   ok
POST /v1/admin/rotate-bill-key                                         401       401     401     403      403       403    403     403    403       403   403   ok
GET /v1/admin/openmeter                                                401       401     401     403      403       403    403     403    403       403   403   ok
POST /v1/admin/openmeter/sync                                          401       401     401     403      403       403    403     403    403       403   403   ok
POST /v1/admin/openmeter/retry                                         401       401     401     403      403       403    403     403    403       403   403   ok
GET /v1/version                                                        ok        ok      ok      ok       ok        ok     ok      ok     ok        ok    ok    ok
GET /v1/users/me                                                       401       401     401     ok       ok        ok     ok      ok     ok        ok    ok    ok
WS exec                                                                401       401     401     404      404       403    403     403    ok        ok    ok    ok
WS port-forward                                                        401       401     401     404      404       403    403     403    ok        ok    ok    ok
`;

/** The table, by rows. */
export function table(): readonly Row[] {
  const [head = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const columns = head.trim().split(/ +/) as CallerName[];
  return lines.map((line) => {
    const words = line.slice(nameWidth).trim().split(/ +/);
    return { name: line.slice(0, nameWidth).trim(), cells: Object.fromEntries(columns.map((caller, at) => [caller, outcome(words[at])])) as Row['cells'] };
  });
}

const nameWidth = 71;

function outcome(word: string | undefined): Outcome {
  const known = ([401, 403, 404, 'ok', 'none'] as const).find((one) => String(one) === word);
  if (known === undefined) throw new Error(`the table has no outcome ${word}`);
  return known;
}
