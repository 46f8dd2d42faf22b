"""Routes of the access control lists."""

from glide_shared.request_type import RequestType

from adapter.translate import introspection, raw
from adapter.translate.plan import Lane
from adapter.translate.table import Table

acl = Table()

acl.row("ACL CAT", RequestType.AclCat)
acl.row("ACL DELUSER", RequestType.AclDelUser)
acl.row("ACL DRYRUN", RequestType.AclDryRun)
acl.row("ACL GENPASS", RequestType.AclGenPass)
acl.row("ACL LIST", RequestType.AclList)
acl.row("ACL LOAD", RequestType.AclLoad)
acl.row("ACL LOG", RequestType.AclLog, raw.list_of_facts)
acl.row("ACL SAVE", RequestType.AclSave)
acl.row("ACL SETUSER", RequestType.AclSetUser)
acl.row("ACL USERS", RequestType.AclUsers)
acl.row("ACL WHOAMI", RequestType.AclWhoami)

# its flags are a set over RESP3, and redis-py shows them in the server's order
acl.row("ACL GETUSER", RequestType.AclGetUser, introspection.user, lane=Lane.PLAIN)

acl.custom("ACL HELP", "GLIDE has no request types for help texts")
