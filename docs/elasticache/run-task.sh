#!/usr/bin/env bash
# Runs the task of ecs-task.template.yaml and ends with Redrill's exit code. Needs SUBNET (the output PublicSubnet of
# cluster.template.yaml) and SECURITY_GROUP (RunnerSecurityGroup).
set -euo pipefail

network="awsvpcConfiguration={subnets=[$SUBNET],securityGroups=[$SECURITY_GROUP],assignPublicIp=ENABLED}"
task=$(aws ecs run-task --cluster redrill --task-definition redrill --launch-type FARGATE \
  --network-configuration "$network" --query 'tasks[0].taskArn' --output text)
aws ecs wait tasks-stopped --cluster redrill --tasks "$task" # for ten minutes at most
aws logs get-log-events --log-group-name /ecs/redrill --log-stream-name "run/redrill/${task##*/}" --start-from-head \
  --query 'events[].message' --output text | tr '\t' '\n'
code=$(aws ecs describe-tasks --cluster redrill --tasks "$task" --query 'tasks[0].containers[0].exitCode' --output text)
[[ $code =~ ^[0-9]+$ ]] || { echo "the task did not start: see its stoppedReason" >&2; exit 4; }
exit "$code"
